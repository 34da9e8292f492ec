/*
 * FIFOs between engines are as deep as they must be: at the derived depth the period is the computed one; at twice the depth
 * no more words wait than were derived; where one branch is the fork's own stream, one word less than the deadlock bound
 * stops the network, and the bound itself does not.
 */
#include "play.h"

#include "base/require.h"

#define HEAD "scheme s { weights = binary; acts = sign; join = int(4); }\nnetwork %s {\n"
#define TAIL "}\nquantize { * : s; }\nhardware { target = xc7; clock = 100 MHz; %s }\n"
#define INPUT "  v = input u8[8, 9, 3] scale 1/128 offset -1 -> stem: conv(8, 3) -> batchnorm -> act;\n"
#define LAST \
    "  w -> global_avgpool -> batchnorm -> quantize(uint(4, clip = fixed(1))) -> dense(5) -> batchnorm -> classify;\n"

static const struct network {
    const char *name, *body, *hardware;
    bool skips; /* one branch is the fork's own stream */
    bool waits; /* the slowest engine stands before the fork, so that nothing piles up behind */
} networks[] = {
    {"skip", INPUT "  a = v -> conv(8, 3, pad = same) -> act;\n  w = add(v, a) -> batchnorm -> act;\n" LAST,
     "throughput = 100 kfps; stem : fold(pe = 1, simd = 9);", true, true},
    {"skip_two",
     INPUT "  a = v -> conv(6, 3, pad = same) -> batchnorm -> act -> conv(8, 3, pad = same) -> act;\n"
           "  w = add(a, v) -> batchnorm -> act;\n" LAST,
     "throughput = 100 kfps; stem : fold(pe = 1, simd = 9);", true, true},
    {"skip_wide",
     INPUT "  a = v -> conv(8, 5, pad = same) -> act;\n  w = concat(v, a) -> conv(4, 1) -> batchnorm -> act;\n" LAST,
     "throughput = 50 kfps; stem : fold(pe = 2, simd = 5);", true, false},
    {"two_sides",
     INPUT "  a = v -> conv(8, 3, pad = same) -> batchnorm;\n  b = v -> conv(8, 1) -> batchnorm;\n"
           "  w = add(a, b) -> batchnorm -> act;\n" LAST,
     "throughput = 100 kfps;", false, false},
    {"three_sides",
     INPUT "  a = v -> conv(3, 3, pad = same) -> act;\n  b = v -> conv(5, 1) -> act;\n  c = concat(a, b);\n"
           "  w = concat(c, v) -> conv(8, 3) -> batchnorm -> act;\n" LAST,
     "throughput = 80 kfps;", false, false},
    {"pooled",
     INPUT "  a = v -> maxpool(2) -> conv(8, 3, pad = same) -> act;\n  c = v -> conv(8, 2, stride = 2) -> act;\n"
           "  w = add(a, c) -> batchnorm -> act;\n" LAST,
     "throughput = 80 kfps;", false, false},
    {"slow_branch",
     INPUT "  a = v -> slow: conv(8, 3, pad = same) -> act;\n  w = add(v, a) -> batchnorm -> act;\n" LAST,
     "throughput = 100 kfps; slow : fold(pe = 1, simd = 8);", true, false},
    {"slow_end",
     INPUT "  a = v -> conv(8, 3, pad = same) -> act;\n  w = add(v, a) -> slow: conv(8, 3) -> batchnorm -> act;\n" LAST,
     "throughput = 100 kfps; slow : fold(pe = 1, simd = 4);", true, false},
};

static struct subject *open_network(const struct network *network, struct text *program)
{
    text_printf(program, HEAD, network->name);
    text_add(program, network->body);
    text_printf(program, TAIL, network->hardware);
    return subject_open_text(network->name, text_cstr(program));
}

/* The deepest FIFO. */
static struct hw_edge *deepest(struct hw_graph *graph)
{
    struct hw_edge *edge = NULL;
    for (size_t i = 0; i < graph->edge_count; i++)
        if (!edge || graph->edges[i].depth > edge->depth)
            edge = &graph->edges[i];
    REQUIRE(edge && edge->depth > 0);
    return edge;
}

static bool within_percent(int period, int64_t expected)
{
    return period <= expected + expected / 100 && period >= expected - expected / 100;
}

static bool say(const struct network *network, const char *what, const struct played *played,
                const struct hw_edge *edge, int64_t period)
{
    printf("%s, %s: passed %d, period %d of %lld, watermark %d, depth %lld, deadlock %lld\n", network->name, what,
           played->passed, played->period, (long long)period, played->watermark, (long long)edge->depth,
           (long long)edge->deadlock);
    return false;
}

static bool check_derived(const struct places *places, const struct network *network, struct subject *subject)
{
    const int64_t period = subject->hardware->period;
    const struct played played = play(places, subject, true);
    return (played.passed && within_percent(played.period, period)) ||
           say(network, "derived depth", &played, deepest(subject->hardware), period);
}

static bool check_doubled(const struct places *places, const struct network *network, struct subject *subject)
{
    struct hw_graph *graph = subject->hardware;
    const int64_t derived = deepest(graph)->depth;
    for (size_t i = 0; i < graph->edge_count; i++)
        graph->edges[i].depth *= 2;
    const struct played played = play(places, subject, true);
    const bool fine = played.passed && within_percent(played.period, graph->period) &&
                      (!network->waits || played.watermark <= derived);
    const bool result = fine || say(network, "twice the depth", &played, deepest(graph), graph->period);
    for (size_t i = 0; i < graph->edge_count; i++)
        graph->edges[i].depth /= 2;
    return result;
}

static bool check_deadlock(const struct places *places, const struct network *network, struct subject *subject)
{
    struct hw_edge *edge = deepest(subject->hardware);
    const int64_t period = subject->hardware->period;
    REQUIRE(edge->deadlock > 1);
    edge->depth = edge->deadlock;
    const struct played enough = play(places, subject, true);
    edge->depth = edge->deadlock - 1;
    const struct played less = play(places, subject, true);
    return (enough.passed || say(network, "deadlock bound", &enough, edge, period)) &&
           (!less.passed || say(network, "one word less", &less, edge, period));
}

static bool check_network(const struct places *places, const struct network *network)
{
    struct text program = {0};
    struct subject *subject = open_network(network, &program);
    bool fine = subject->hardware != NULL;
    if (!fine)
        subject_print(subject, "cannot be built");
    fine = fine && check_derived(places, network, subject) && check_doubled(places, network, subject) &&
           (!network->skips || check_deadlock(places, network, subject));
    subject_close(subject);
    text_free(&program);
    return fine;
}

bool property_buffers(const struct places *places)
{
    bool fine = true;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
        fine = check_network(places, &networks[i]) && fine;
    return fine;
}
