/*
 * Grammar of a .qnn file. Actions build nodes of the syntax tree and do nothing else.
 *
 * Lists are left-recursive, so that the stack does not grow with the length of the text. `%expect 0` stays: a conflict is
 * solved in the grammar. Error productions come before every ';' and every '}'; what was read before them is kept.
 * After a ';' or '}' the parser is in step again, so that `yyerrok` lets it report the next mistake at once.
 * In the scanner braces never nest: syntax/tokens.c hands an inner { ... } over as one GROUP, which nothing accepts.
 */
%define api.pure full
%define api.prefix {qnn_}
%define api.token.prefix {QNN_}
%define api.location.type {struct span}
%define parse.error custom
%define parse.lac full
%expect 0

%param {struct parse *parse}

%code requires {
#include "syntax/parse.h"
}

%union {
    const char *name;
    struct parsed_value value;
    struct value_list values;
    struct parsed_argument argument;
    struct argument_list arguments;
    struct parsed_call call;
    struct call_list calls;
    struct name_list names;
    struct ast_step step;
    struct step_list steps;
    struct ast_input *input;
    struct ast_statement statement;
    struct statement_list statements;
    struct ast_parameter parameter;
    struct parameter_list parameters;
    struct ast_section *section;
}

%code {
int qnn_lex(QNN_STYPE *value, QNN_LTYPE *place, struct parse *parse);

static void qnn_error(const struct span *place, struct parse *parse, const char *message)
{
    (void)message; /* syntax errors go to yyreport_syntax_error; what comes here is a full parser stack */
    parse_too_deep(parse, *place);
}

#define YYLLOC_DEFAULT(Current, Rhs, N)                                                                                \
    (Current) = (N) ? (struct span){YYRHSLOC(Rhs, 1).source, YYRHSLOC(Rhs, 1).begin, YYRHSLOC(Rhs, N).end}             \
                    : (struct span){YYRHSLOC(Rhs, 0).source, YYRHSLOC(Rhs, 0).end, YYRHSLOC(Rhs, 0).end}
#define NAME(text, place) ((struct ast_name){(text), (place)})
#define PUSH(list, value) ARENA_PUSH(parse->arena, (list).items, (list).count, (list).capacity, value)
}

%token END 0 "the end of the file"
%token ';' ')' ']' '}' ',' ARROW "'->'" '=' ':' '{' '(' '['
%token <name> ID "a name" SELECTOR "a selector"
%token <value> NUMBER "a number" QUANTITY "a quantity" STRING "a string"
%token INPUT "'input'" EXTENDS "'extends'"
%token PARAM "'param'" DATA "'data'" SCHEME "'scheme'" BLOCK "'block'" NETWORK "'network'" QUANTIZE "'quantize'"
%token TRAIN "'train'" COMPRESS "'compress'" HARDWARE "'hardware'"
%token GROUP "'{ ... }'"
/* The first token says what the text is: a program, or one value. */
%token START_FILE START_VALUE

%left '+' '-'
%left '*' '/'
%precedence NEGATION

%type <value> value expr
%type <values> values value_list
%type <argument> argument
%type <arguments> arguments argument_list attributes
%type <call> call
%type <calls> calls
%type <name> selector
%type <names> selectors
%type <step> step
%type <steps> steps
%type <input> input
%type <statement> statement chain
%type <statements> body statements
%type <parameter> parameter
%type <parameters> parameters parameter_list
%type <section> settings setting_list rules rule_list section

%%

text: START_FILE file
    | START_VALUE value  { parse->value = $2.node; }
    ;

file: %empty
    | file section       { parse_section(parse, $2, @2); }
    | file error ';'     { yyerrok; }
    | file error '}'     { yyerrok; }
    | file error GROUP   { yyerrok; }
    ;

section: PARAM ID '=' value ';'        { $$ = section_new(parse, AST_PARAM); $$->name = NAME($2, @2); $$->value = $4.node; }
       | PARAM error ';'               { $$ = NULL; yyerrok; }
       | DATA settings                 { $$ = section_as($2, AST_DATA); }
       | DATA error settings           { $$ = section_as($3, AST_DATA); }
       | DATA error ';'                { $$ = NULL; yyerrok; }
       | TRAIN settings                { $$ = section_as($2, AST_TRAIN); }
       | TRAIN error settings          { $$ = section_as($3, AST_TRAIN); }
       | TRAIN error ';'               { $$ = NULL; yyerrok; }
       | SCHEME ID settings            { $$ = section_as($3, AST_SCHEME); $$->name = NAME($2, @2); }
       | SCHEME ID EXTENDS ID settings { $$ = section_as($5, AST_SCHEME); $$->name = NAME($2, @2);
                                         $$->extends = NAME($4, @4); }
       | SCHEME error settings         { $$ = NULL; }
       | SCHEME error ';'              { $$ = NULL; yyerrok; }
       | BLOCK ID '(' parameters ')' body { $$ = section_body(parse, AST_BLOCK, &$6); $$->name = NAME($2, @2);
                                         $$->parameters = $4.items; $$->parameter_count = $4.count; }
       | BLOCK error body              { $$ = NULL; }
       | BLOCK error ';'               { $$ = NULL; yyerrok; }
       | NETWORK ID body               { $$ = section_body(parse, AST_NETWORK, &$3); $$->name = NAME($2, @2); }
       | NETWORK error body            { $$ = NULL; }
       | NETWORK error ';'             { $$ = NULL; yyerrok; }
       | QUANTIZE rules                { $$ = section_as($2, AST_QUANTIZE); }
       | QUANTIZE error rules          { $$ = section_as($3, AST_QUANTIZE); }
       | QUANTIZE error ';'            { $$ = NULL; yyerrok; }
       | COMPRESS rules                { $$ = section_as($2, AST_COMPRESS); }
       | COMPRESS error rules          { $$ = section_as($3, AST_COMPRESS); }
       | COMPRESS error ';'            { $$ = NULL; yyerrok; }
       | HARDWARE rules                { $$ = section_as($2, AST_HARDWARE); }
       | HARDWARE error rules          { $$ = section_as($3, AST_HARDWARE); }
       | HARDWARE error ';'            { $$ = NULL; yyerrok; }
       ;

settings: '{' setting_list '}'        { $$ = $2; }
        | '{' setting_list error '}'  { $$ = $2; yyerrok; }
        ;
setting_list: %empty                      { $$ = section_new(parse, AST_DATA); }
            | setting_list ID '=' value ';' { $$ = $1; section_setting(parse, $$, NAME($2, @2), $4.node, span_join(@2, @5)); }
            | setting_list error ';'      { $$ = $1; yyerrok; }
            ;

rules: '{' rule_list '}'              { $$ = $2; }
     | '{' rule_list error '}'        { $$ = $2; yyerrok; }
     ;
rule_list: %empty                     { $$ = section_new(parse, AST_QUANTIZE); }
         | rule_list ID '=' value ';' { $$ = $1; section_setting(parse, $$, NAME($2, @2), $4.node, span_join(@2, @5)); }
         | rule_list selectors ':' calls ';' { $$ = $1; section_rule(parse, $$, &$2, &$4, span_join(@2, @5)); }
         | rule_list error ';'        { $$ = $1; yyerrok; }
         ;
selectors: selector                   { $$ = (struct name_list){0}; PUSH($$, NAME($1, @1)); }
         | selectors ',' selector     { $$ = $1; PUSH($$, NAME($3, @3)); }
         ;
selector: ID | SELECTOR ;
calls: call                           { $$ = (struct call_list){0}; PUSH($$, $1.node); }
     | calls ',' call                 { $$ = $1; PUSH($$, $3.node); }
     ;

parameters: %empty                    { $$ = (struct parameter_list){0}; }
          | parameter_list
          | parameter_list ','
          ;
parameter_list: parameter             { $$ = (struct parameter_list){0}; PUSH($$, $1); }
              | parameter_list ',' parameter { $$ = $1; PUSH($$, $3); }
              ;
parameter: ID                         { $$ = (struct ast_parameter){NAME($1, @1), NULL}; }
         | ID '=' value               { $$ = (struct ast_parameter){NAME($1, @1), $3.node}; }
         ;

body: '{' statements '}'              { $$ = $2; }
    | '{' statements error '}'        { $$ = $2; yyerrok; }
    ;
statements: %empty                    { $$ = (struct statement_list){0}; }
          | statements statement ';'  { $$ = $1; $2.span = span_join(@2, @3); PUSH($$, $2); }
          | statements error ';'      { $$ = $1; yyerrok; }
          ;
statement: chain                      { $$ = $1; }
         | ID '=' chain               { $$ = $3; $$.name = NAME($1, @1); }
         ;
chain: call steps                     { $$ = statement_of(NULL, $1.node, &$2, @$); }
     | input steps                    { $$ = statement_of($1, NULL, &$2, @$); }
     ;
steps: %empty                         { $$ = (struct step_list){0}; }
     | steps ARROW step               { $$ = $1; PUSH($$, $3); }
     ;
step: call                            { $$ = (struct ast_step){.call = $1.node, .span = @$}; }
    | ID ':' call                     { $$ = (struct ast_step){NAME($1, @1), $3.node, @$}; }
    ;
input: INPUT ID '[' values ']' attributes { $$ = input_new(parse, NAME($2, @2), &$4, &$6, @$); }
     ;
attributes: %empty                    { $$ = (struct argument_list){0}; }
          | attributes ID expr        { $$ = $1; argument_add(parse, &$$, argument_of(NAME($2, @2), $3, span_join(@2, @3))); }
          ;

call: ID                              { $$ = call_new(parse, NAME($1, @1), NULL, @$); }
    | ID '(' arguments ')'            { $$ = call_new(parse, NAME($1, @1), &$3, @$); }
    ;
arguments: %empty                     { $$ = (struct argument_list){0}; }
         | argument_list
         | argument_list ','
         ;
argument_list: argument               { $$ = (struct argument_list){0}; argument_add(parse, &$$, $1); }
             | argument_list ',' argument { $$ = $1; argument_add(parse, &$$, $3); }
             ;
argument: value                       { $$ = argument_of((struct ast_name){0}, $1, @$); }
        | ID '=' value                { $$ = argument_of(NAME($1, @1), $3, @$); }
        ;

value: expr
     | STRING
     | '[' ']'                        { $$ = value_list(parse, &(struct value_list){0}, @$); }
     | '[' values ']'                 { $$ = value_list(parse, &$2, @$); }
     ;
values: value_list
      | value_list ','
      ;
value_list: value                     { $$ = (struct value_list){0}; value_add(parse, &$$, $1); }
          | value_list ',' value      { $$ = $1; value_add(parse, &$$, $3); }
          ;
expr: expr '+' expr                   { $$ = value_binary(parse, '+', $1, $3, @$); }
    | expr '-' expr                   { $$ = value_binary(parse, '-', $1, $3, @$); }
    | expr '*' expr                   { $$ = value_binary(parse, '*', $1, $3, @$); }
    | expr '/' expr                   { $$ = value_binary(parse, '/', $1, $3, @$); }
    | '-' expr %prec NEGATION         { $$ = value_negate(parse, $2, @$); }
    | '(' expr ')'                    { $$ = value_parenthesised(parse, $2, @$); }
    | call                            { $$ = value_call(parse, $1); }
    | NUMBER
    | QUANTITY
    ;

%%

/* Hands the names of the expected tokens to syntax/expect.c, which finds the words. */
static int yyreport_syntax_error(const yypcontext_t *context, struct parse *parse)
{
    yysymbol_kind_t kinds[YYNTOKENS];
    const char *names[YYNTOKENS];
    const int count = yypcontext_expected_tokens(context, kinds, YYNTOKENS);
    int used = 0;
    for (int i = 0; i < count; i++)
        names[used++] = yysymbol_name(kinds[i]);
    const yysymbol_kind_t found = yypcontext_token(context);
    parse_unexpected(parse, *yypcontext_location(context), found == YYSYMBOL_YYEMPTY ? NULL : yysymbol_name(found), names,
                     (size_t)(used > 0 ? used : 0));
    return 0;
}
