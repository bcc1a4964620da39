//! Rules on the steps and statements by which tasks share softly, and on budgets; one mistake a test.

use super::errors;

/// A model with a mistake, and the errors it must give: the source text under each, and its message.
fn rejects(source: &str, expected: &[(&str, &str)]) {
    let found = errors(source);
    let found: Vec<(&str, &str)> = found.iter().map(|(token, message)| (token.as_str(), message.as_str())).collect();
    assert_eq!(found, expected, "\n{source}");
}

#[test]
fn cross_stitch_of_one() {
    rejects(
        "
struct Model {
    input x: [4];
    let a = x -> CrossStitch;
    head y = a -> Dense(1) { loss: mse }
}",
        &[(
            "CrossStitch",
            "`CrossStitch` mixes two values or more, and here comes one\n\
             help: write `let (c, d) = (a, b) -> CrossStitch`",
        )],
    );
}

#[test]
fn cross_stitch_of_two_widths() {
    rejects(
        "
struct Model {
    input x: [4];
    let (a, b) = (x -> Dense(8), x) -> CrossStitch;
    head y = a -> Dense(1) { loss: mse }
    head z = b -> Dense(1) { loss: mse }
}",
        &[(
            "CrossStitch",
            "`CrossStitch` mixes values of one shape, but the output of `Dense(8)` is [8] and `x` is [4]\n\
             flow: x [4] -> Dense [8]; x [4]\n\
             help: give them one shape: a task takes its share of another's value place by place",
        )],
    );
}

#[test]
fn cross_stitch_into_one_name() {
    rejects(
        "
struct Model {
    input x: [4];
    let a = (x -> Dense(8), x -> Dense(8)) -> CrossStitch;
    head y = a -> Dense(1) { loss: mse }
}",
        &[(
            "CrossStitch",
            "`CrossStitch` gives 2 values, and here goes one\n\
             help: name each of them, `let (a, b) = ..`, or join them: `CrossStitch -> Concat`",
        )],
    );
}

#[test]
fn cross_stitch_into_three_names() {
    rejects(
        "
struct Model {
    input x: [4];
    let (a, b, c) = (x -> Dense(8), x -> Dense(8)) -> CrossStitch;
    head y = (a, b, c) -> Concat -> Dense(1) { loss: mse }
}",
        &[(
            "CrossStitch",
            "`CrossStitch` gives 2 values, and here are 3 names\n\
             help: write `let (a, b) = ..`",
        )],
    );
}

#[test]
fn name_of_several_unused() {
    rejects(
        "
struct Model {
    input x: [4];
    let (a, b) = x -> MixtureOfExperts(2, expert = Dense(4));
    head y = a -> Dense(1) { loss: mse }
}",
        &[(
            "b",
            "nothing uses the value `b`\n\
             help: begin a flow with `b`, or call it `_b` if that is meant",
        )],
    );
}

#[test]
fn mixture_of_one() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> MixtureOfExperts(1, expert = Dense(4)) -> Dense(1) { loss: mse }
}",
        &[(
            "1",
            "a mixture of one expert is that expert: its gate is always 1\n\
             help: write two or more, or the expert itself in place of the mixture",
        )],
    );
}

#[test]
fn mixture_of_a_constant() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> MixtureOfExperts(COUNT, expert = Dense(4)) -> Dense(1) { loss: mse }
}",
        &[(
            "COUNT",
            "`experts` of `MixtureOfExperts` is a number written out, and not `COUNT`: every expert is a field of the model\n\
             help: write a number, such as `4`",
        )],
    );
}

#[test]
fn mixture_of_too_many() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> MixtureOfExperts(1000, expert = Dense(4)) -> Dense(1) { loss: mse }
}",
        &[(
            "1000",
            "`experts` of `MixtureOfExperts` is too large: 1000\n\
             help: 64 is the most there can be",
        )],
    );
}

#[test]
fn mixture_without_an_expert() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> MixtureOfExperts(4) -> Dense(1) { loss: mse }
}",
        &[(
            "MixtureOfExperts",
            "`MixtureOfExperts` needs its argument `expert`\n\
             help: write `MixtureOfExperts(4, expert = Dense(16, relu))`",
        )],
    );
}

#[test]
fn expert_is_no_dense() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> MixtureOfExperts(4, expert = Dropout(0.1)) -> Dense(1) { loss: mse }
}",
        &[(
            "Dropout(0.1)",
            "an expert is a `Dense`, and not `Dropout(0.1)`\n\
             help: write `expert = Dense(16, relu)`",
        )],
    );
}

#[test]
fn mixture_of_an_image() {
    rejects(
        "
struct Model {
    input x: [4, 4];
    head y = x -> MixtureOfExperts(4, expert = Dense(8)) -> Dense(1) { loss: mse }
}",
        &[(
            "MixtureOfExperts",
            "`MixtureOfExperts` takes a vector, but `x` is a sequence of [4, 4]\n\
             flow: x [4, 4] -> MixtureOfExperts\n\
             help: put `Flatten` before it: `Flatten -> MixtureOfExperts(4, expert = Dense(8))`",
        )],
    );
}

#[test]
fn mixture_of_a_tuple() {
    rejects(
        "
struct Model {
    input x: [4];
    let (a, b) = (x, x) -> MixtureOfExperts(4, expert = Dense(8));
    head y = (a, b) -> Add -> Dense(1) { loss: mse }
}",
        &[(
            "MixtureOfExperts",
            "`MixtureOfExperts` takes one value, and here come 2\n\
             help: join them first: `(a, b) -> Concat -> MixtureOfExperts(4, expert = Dense(8))`",
        )],
    );
}

#[test]
fn cgc_without_names() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Cgc(1, 1, expert = Dense(8)) -> Dense(1) { loss: mse }
}",
        &[(
            "Cgc",
            "`Cgc` gives one value for each task, and ends its flow\n\
             help: name them: `let (a, b) = .. -> Cgc(1, 1, expert = Dense(8));`, and let each head begin with its own",
        )],
    );
}

#[test]
fn cgc_of_one_task() {
    rejects(
        "
struct Model {
    input x: [4];
    let a = x -> Cgc(1, 1, expert = Dense(8));
    head y = a -> Dense(1) { loss: mse }
}",
        &[(
            "Cgc",
            "`Cgc` gives one value for each task, and here is no name for them\n\
             help: name them: `let (a, b) = .. -> Cgc(1, 1, expert = Dense(8));`, and let each head begin with its own",
        )],
    );
}

#[test]
fn cgc_of_too_few_flows() {
    rejects(
        "
struct Model {
    input x: [4];
    let (a, b) = (x, x) -> Cgc(1, 1, expert = Dense(8));
    head y = (a, b) -> Add -> Dense(1) { loss: mse }
}",
        &[(
            "Cgc",
            "`Cgc` of 2 tasks takes one value, or 3, and here come 2\n\
             help: write one value for each of a, b, and one for the shared experts after them",
        )],
    );
}

#[test]
fn tie_unknown() {
    rejects(
        "
struct Model {
    input x: [4];
    tie (left, right) { l2: 0.1 }
    let lefd = x -> Dense(4);
    let right = x -> Dense(4);
    head y = (lefd, right) -> Add -> Dense(1) { loss: mse }
}",
        &[(
            "left",
            "`left` is not defined\n\
             help: a statement with a similar name exists: `lefd`",
        )],
    );
}

#[test]
fn tie_with_itself() {
    rejects(
        "
struct Model {
    input x: [4];
    let a = x -> Dense(4);
    tie (a, a) { l2: 0.1 }
    head y = a -> Dense(1) { loss: mse }
}",
        &[(
            "a",
            "`a` is tied to itself\n\
             help: name two blocks of one shape",
        )],
    );
}

#[test]
fn tie_of_an_input() {
    rejects(
        "
struct Model {
    input x: [4];
    let a = x -> Dense(4);
    tie (a, x) { l2: 0.1 }
    head y = a -> Dense(1) { loss: mse }
}",
        &[(
            "x",
            "`x` is an input and has no parameters to tie\n\
             help: name a statement with layers in it",
        )],
    );
}

#[test]
fn tie_of_two_widths() {
    rejects(
        "
struct Model {
    input x: [4];
    let a = x -> Dense(4);
    let b = x -> Dense(5);
    tie (a, b) { l2: 0.1 }
    head y = (a, b) -> Concat -> Dense(1) { loss: mse }
}",
        &[(
            "b",
            "a `tie` is between blocks of one shape, but `a.dense1` is 4 -> 4 and `b.dense1` is 4 -> 5\n\
             help: give both the same layers",
        )],
    );
}

#[test]
fn tie_of_other_layers() {
    rejects(
        "
struct Model {
    input x: [4];
    let a = x -> Dense(4);
    let b = x -> Dense(4) -> LayerNorm;
    tie (a, b) { l2: 0.1 }
    head y = (a, b) -> Concat -> Dense(1) { loss: mse }
}",
        &[(
            "b",
            "a `tie` is between blocks of one shape, but `a` has one layer and `b` has 2 layers\n\
             help: give both the same layers",
        )],
    );
}

#[test]
fn tie_of_nothing() {
    rejects(
        "
struct Model {
    input x: [4];
    let a = x -> Dense(4);
    let b = x -> Dropout(0.5);
    tie (a, b) { l2: 0.1 }
    head y = (a, b) -> Concat -> Dense(1) { loss: mse }
}",
        &[(
            "b",
            "`b` has no parameters to tie\n\
             help: name statements with layers that train",
        )],
    );
}

#[test]
fn tie_without_a_strength() {
    rejects(
        "
struct Model {
    input x: [4];
    let a = x -> Dense(4);
    let b = x -> Dense(4);
    tie (a, b) {}
    head y = (a, b) -> Concat -> Dense(1) { loss: mse }
}",
        &[(
            "tie",
            "this `tie` does not say how strong it is\n\
             help: write `{ l2: 0.001 }`",
        )],
    );
}

#[test]
fn tie_negative() {
    rejects(
        "
struct Model {
    input x: [4];
    let a = x -> Dense(4);
    let b = x -> Dense(4);
    tie (a, b) { l2: -1 }
    head y = (a, b) -> Concat -> Dense(1) { loss: mse }
}",
        &[(
            "-1",
            "`l2` of a `tie` must be 0 or more, and is -1\n\
             help: write a number that is 0 or more, such as `0.001`",
        )],
    );
}

#[test]
fn tie_of_three() {
    rejects(
        "
struct Model {
    input x: [4];
    let a = x -> Dense(4);
    let b = x -> Dense(4);
    tie (a, b, a) { l2: 0.1 }
    head y = (a, b) -> Concat -> Dense(1) { loss: mse }
}",
        &[(
            "(a, b, a)",
            "a `tie` is between two blocks, and here are 3\n\
             help: write `tie (left, right) { l2: 0.001 }`",
        )],
    );
}

#[test]
fn tie_without_a_block() {
    rejects(
        "
struct Model {
    input x: [4];
    let a = x -> Dense(4);
    let b = x -> Dense(4);
    tie (a, b);
    head y = (a, b) -> Concat -> Dense(1) { loss: mse }
}",
        &[(
            "tie",
            "this `tie` does not say how strong it is\n\
             help: write `tie (left, right) { l2: 0.001 }`",
        )],
    );
}

#[test]
fn budget_empty() {
    rejects(
        "
struct Model {
    input x: [4];
    budget {}
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "{}",
            "this `budget` is empty\n\
             help: write `budget { parameters: 10_000, weights: 32 KiB }`",
        )],
    );
}

#[test]
fn budget_of_something_else() {
    rejects(
        "
struct Model {
    input x: [4];
    budget { paramters: 10 }
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "paramters",
            "a budget has no bound `paramters`\n\
             help: a bound with a similar name exists: `parameters`",
        )],
    );
}

#[test]
fn budget_given_twice() {
    rejects(
        "
struct Model {
    input x: [4];
    budget { weights: 10 B, weights: 20 B }
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "weights",
            "`weights` is given twice\n\
             help: take one of the two out",
        )],
    );
}

#[test]
fn budget_in_unknown_units() {
    rejects(
        "
struct Model {
    input x: [4];
    budget { weights: 10 kilobytes }
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "kilobytes",
            "`kilobytes` is not a unit of memory\n\
             help: the units are `B`, `bytes`, `KiB`, `MiB`, `GiB`, `kB`, `KB` and `MB`",
        )],
    );
}

#[test]
fn budget_of_a_count_in_bytes() {
    rejects(
        "
struct Model {
    input x: [4];
    budget { parameters: 10 KiB }
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "KiB",
            "`parameters` is a number without a unit, and not of `KiB`\n\
             help: take the unit out",
        )],
    );
}

#[test]
fn budget_fractional() {
    rejects(
        "
struct Model {
    input x: [4];
    budget { weights: 1.5 KiB }
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "1.5",
            "`weights` is a whole number, and not 1.5\n\
             help: write one such as `32 KiB`",
        )],
    );
}

#[test]
fn budgets_twice() {
    rejects(
        "
struct Model {
    input x: [4];
    budget { weights: 1 KiB }
    budget { parameters: 1_000 }
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "budget",
            "this model has two budgets\n\
             help: write all bounds in one",
        )],
    );
}
