/*
 * The bench: drives the Verilated network with samples and compares it, beat by beat, with the integer C.
 *
 *     simulate SAMPLES PREDICTIONS STALL SEED [WAVES]
 *
 * SAMPLES holds the input codes, one byte an element, sample after sample. STALL is the percentage of cycles in which each
 * end pauses at random (0: none; frames then follow each other without a gap, and the period is measured). Every code of
 * every quantizer and every final integer is compared as it passes a layer boundary; the first difference ends the run.
 * PREDICTIONS gets one class a line. The last line on standard output is a JSON object with the counts.
 *
 * BENCH_HEADER (generated, NAME_bench.h) fits this file to the network: types, sizes, and how to look into each layer.
 * Exit status: 0 all equal, 1 a difference, 2 the command line, 3 a file, 4 no result for too long.
 */
#include BENCH_HEADER

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "verilated.h"
#if VM_TRACE
#include "verilated_fst_c.h"
#endif

namespace
{

enum Status { EQUAL = 0, DIFFERENT = 1, COMMAND_LINE = 2, FILE_ERROR = 3, STUCK = 4 };

/* Cycles without a result after which the network counts as stuck, in periods. */
constexpr uint64_t PATIENCE = 50;

struct Options {
    const char *samples, *predictions;
    unsigned stall_percent;
    uint64_t seed;
    const char *waves;
};

/* xorshift64*: small, seedable, good enough to pause at random. */
class Random
{
public:
    explicit Random(uint64_t seed) : state(seed * 2 + 1)
    {
    }
    bool percent(unsigned chance)
    {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        return (state * 2685821657736338717ULL >> 33) % 100 < chance;
    }

private:
    uint64_t state;
};

bool read_samples(const char *path, std::vector<uint8_t> &bytes)
{
    std::FILE *file = std::fopen(path, "rb");
    if (!file)
        return false;
    uint8_t block[65536];
    for (size_t got; (got = std::fread(block, 1, sizeof block, file)) > 0;)
        bytes.insert(bytes.end(), block, block + got);
    std::fclose(file);
    return !bytes.empty() && bytes.size() % BENCH_INPUTS == 0;
}

/* What the integer C says of one frame: computed when the first layer needs it, dropped when the result has left. */
struct Golden {
    BenchState state;
    explicit Golden(const uint8_t *sample)
    {
        bench_infer(&state, sample);
    }
};

/* Where each layer boundary is: the frame and the beat that passes next. */
struct Place {
    size_t frame = 0;
    unsigned beat = 0;
};

class Bench
{
public:
    Bench(const Options &options, const std::vector<uint8_t> &samples)
        : options(options), samples(samples), count(samples.size() / BENCH_INPUTS), random(options.seed)
    {
        golden.resize(count);
    }

    int run()
    {
        start_waves();
        reset();
        while (finished < count) {
            cycle();
            if (status != EQUAL)
                break;
            if (now - last_result > PATIENCE * BENCH_PERIOD + 100000) {
                std::fprintf(stderr, "no result for %llu cycles after %zu frames\n",
                             (unsigned long long)(now - last_result), finished);
                status = STUCK;
                break;
            }
        }
        stop_waves();
        return status == EQUAL ? finish() : status;
    }

private:
    const Options &options;
    const std::vector<uint8_t> &samples;
    size_t count;
    Random random;
    BenchModel model;
    std::vector<std::unique_ptr<Golden>> golden;
    Place taps[BENCH_TAPS];
    size_t sent_frame = 0, finished = 0;
    unsigned sent_beat = 0, result_beat = 0;
    bool offering = false;
    uint64_t now = 0, last_result = 0, first_taken = 0, first_result = 0;
    std::vector<uint64_t> result_times;
    std::vector<long long> predictions;
    int status = EQUAL;
#if VM_TRACE
    std::unique_ptr<VerilatedFstC> waves;
#endif

    void start_waves()
    {
#if VM_TRACE
        if (!options.waves)
            return;
        Verilated::traceEverOn(true);
        waves = std::make_unique<VerilatedFstC>();
        model.trace(waves.get(), 99);
        waves->open(options.waves);
#endif
    }

    void stop_waves()
    {
#if VM_TRACE
        if (waves)
            waves->close();
#endif
    }

    void dump(uint64_t time)
    {
#if VM_TRACE
        if (waves)
            waves->dump(time);
#else
        (void)time;
#endif
    }

    void reset()
    {
        model.aresetn = 0;
        model.s_axis_tvalid = 0;
        model.m_axis_tready = 0;
        for (int i = 0; i < 4; i++)
            tick();
        model.aresetn = 1;
        tick();
        last_result = now;
    }

    void tick()
    {
        model.aclk = 0;
        model.eval();
        dump(2 * now);
        model.aclk = 1;
        model.eval();
        dump(2 * now + 1);
        now++;
    }

    /* One clock: offer a beat, look at everything that passes at this edge, then let the edge happen. */
    void cycle()
    {
        model.aclk = 0;
        if (!offering && sent_frame < count && !random.percent(options.stall_percent))
            offer();
        model.m_axis_tready = !random.percent(options.stall_percent);
        model.eval();
        dump(2 * now);
        for (unsigned tap = 0; tap < BENCH_TAPS && status == EQUAL; tap++)
            watch(tap);
        const bool taken = offering && model.s_axis_tready;
        const bool result = model.m_axis_tvalid && model.m_axis_tready;
        if (result)
            take_result();
        model.aclk = 1;
        model.eval();
        dump(2 * now + 1);
        now++;
        if (taken)
            advance_input();
    }

    void offer()
    {
        const uint8_t *sample = &samples[sent_frame * BENCH_INPUTS];
        bench_set_input(model, sample, sent_beat);
        model.s_axis_tvalid = 1;
        model.s_axis_tlast = sent_beat + 1 == BENCH_INPUT_BEATS;
        offering = true;
    }

    void advance_input()
    {
        if (sent_frame == 0 && sent_beat == 0)
            first_taken = now - 1;
        offering = false;
        model.s_axis_tvalid = 0;
        if (++sent_beat == BENCH_INPUT_BEATS) {
            sent_beat = 0;
            sent_frame++;
        }
    }

    BenchState &golden_state(size_t frame)
    {
        if (!golden[frame])
            golden[frame] = std::make_unique<Golden>(&samples[frame * BENCH_INPUTS]);
        return golden[frame]->state;
    }

    /* Compares the beat that passes the boundary after a layer, if one does. */
    void watch(unsigned tap)
    {
        const BenchTap &layer = bench_taps[tap];
        if (!layer.fires(*model.rootp))
            return;
        Place &place = taps[tap];
        if (place.frame >= count) {
            std::fprintf(stderr, "layer '%s' gave more frames than it got\n", layer.name);
            status = DIFFERENT;
            return;
        }
        for (unsigned lane = 0; lane < layer.lanes && status == EQUAL; lane++) {
            const unsigned element = place.beat * layer.lanes + lane;
            if (element < layer.elements)
                compare(layer, place, element, lane);
        }
        if (++place.beat * layer.lanes >= layer.elements) {
            place.beat = 0;
            place.frame++;
        }
    }

    void compare(const BenchTap &layer, const Place &place, unsigned element, unsigned lane)
    {
        const long long expected = layer.expected(golden_state(place.frame), element);
        const long long got = layer.value(*model.rootp, lane);
        if (got == expected)
            return;
        std::fprintf(stderr, "first difference: layer '%s', frame %zu, beat %u, lane %u (position %u, channel %u): C %lld, Verilog %lld, cycle %llu\n",
                     layer.name, place.frame, place.beat, lane, element / layer.channels, element % layer.channels, expected, got, (unsigned long long)now);
        status = DIFFERENT;
    }

    /* A beat of the result: the class first, where there is one, then the values. */
    void take_result()
    {
        if (finished >= count) {
            std::fprintf(stderr, "more results than frames\n");
            status = DIFFERENT;
            return;
        }
        BenchState &state = golden_state(finished);
        const long long expected = bench_result(state, result_beat);
        const long long got = bench_output(model, result_beat);
        if (got != expected) {
            std::fprintf(stderr, "first difference: result of frame %zu, beat %u: C %lld, Verilog %lld\n", finished, result_beat,
                         expected, got);
            status = DIFFERENT;
        }
        if (result_beat < BENCH_PREDICTION_BEATS)
            predictions.push_back(got);
        const bool last = result_beat + 1 == BENCH_RESULT_BEATS;
        if (last != (model.m_axis_tlast != 0) || model.m_axis_tuser != 0) {
            std::fprintf(stderr, "result of frame %zu: tlast or tuser is wrong\n", finished);
            status = DIFFERENT;
        }
        result_beat = last ? 0 : result_beat + 1;
        if (last)
            end_frame();
    }

    void end_frame()
    {
        if (finished == 0)
            first_result = now;
        result_times.push_back(now);
        last_result = now;
        golden[finished].reset();
        finished++;
    }

    /* Cycles a frame once the pipeline is full: over the second half of the results. */
    double period() const
    {
        const size_t half = count / 2;
        if (count < 4)
            return 0;
        return double(result_times[count - 1] - result_times[half]) / double(count - 1 - half);
    }

    int finish()
    {
        std::FILE *file = std::fopen(options.predictions, "wb");
        if (!file)
            return FILE_ERROR;
        for (size_t i = 0; i < predictions.size(); i++)
            std::fprintf(file, "%lld%s", predictions[i], (i + 1) % BENCH_PREDICTION_BEATS == 0 ? "\n" : " ");
        if (std::fclose(file) != 0)
            return FILE_ERROR;
        std::printf("{\"frames\": %zu, \"cycles\": %llu, \"latency\": %llu, \"period\": %.3f}\n", count, (unsigned long long)now,
                    (unsigned long long)(first_result - first_taken), period());
        return EQUAL;
    }
};

} // namespace

int main(int argc, char **argv)
{
    if (argc < 5 || argc > 6) {
        std::fprintf(stderr, "usage: simulate SAMPLES PREDICTIONS STALL SEED [WAVES]\n");
        return COMMAND_LINE;
    }
    const Options options = {argv[1], argv[2], unsigned(std::strtoul(argv[3], nullptr, 10)), std::strtoull(argv[4], nullptr, 10),
                             argc == 6 ? argv[5] : nullptr};
    std::vector<uint8_t> samples;
    if (!read_samples(options.samples, samples)) {
        std::fprintf(stderr, "%s: no samples of %u elements\n", options.samples, unsigned(BENCH_INPUTS));
        return FILE_ERROR;
    }
    Verilated::commandArgs(argc, argv);
    return Bench(options, samples).run();
}
