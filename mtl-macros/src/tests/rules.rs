//! One mistake a test: the tokens that each error stands under, and all it says.

use super::errors;

/// A model with a mistake, and the errors it must give: the source text under each, and its message.
fn rejects(source: &str, expected: &[(&str, &str)]) {
    let found = errors(source.trim_start());
    let found: Vec<(&str, &str)> = found.iter().map(|(token, message)| (token.as_str(), message.as_str())).collect();
    assert_eq!(found, expected, "\n{source}");
}

#[test]
fn source_unknown() {
    rejects(
        "
struct Model {
    input x: [4];
    let body = x -> Dense(8);
    head y = boddy -> Dense(1) { loss: mse }
}",
        &[(
            "boddy",
            "`boddy` is not defined\n\
             help: a `let` with a similar name exists: `body`",
        )],
    );
}

#[test]
fn source_not_defined() {
    rejects(
        "
#[independent]
struct Model {
    input x: [4];
    head y = body -> Dense(1) { loss: mse }
    head z = x -> Dense(1) { loss: mse }
}",
        &[(
            "body",
            "`body` is not defined\n\
             help: declare it above: `input body: [16];` or `let body = ..`",
        )],
    );
}

#[test]
fn source_is_a_step() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = Dense(8) -> Dense(1) { loss: mse }
}",
        &[(
            "Dense(8)",
            "a flow begins with a value, and `Dense(8)` is none\n\
             help: put the name of a value before it: `record -> Dense(8)`",
        )],
    );
}

#[test]
fn source_is_a_bare_step() {
    rejects(
        "
#[independent]
struct Model {
    input x: [4];
    head y = Flatten -> Dense(1) { loss: mse }
    head z = x -> Dense(1) { loss: mse }
}",
        &[(
            "Flatten",
            "`Flatten` is not defined\n\
             help: `Flatten` is a step; begin with a value: `record -> Flatten`",
        )],
    );
}

#[test]
fn source_is_a_layer_statement() {
    rejects(
        "
struct Model {
    input x: [4];
    layer tower = Dense(8);
    head y = tower -> Dense(1) { loss: mse }
    head z = x -> tower { loss: mse }
}",
        &[(
            "tower",
            "`tower` is a `layer`: steps to apply, not a value\n\
             help: apply it to a value: `record -> tower`; or write `let tower = record -> ..` where it is declared",
        )],
    );
}

#[test]
fn source_is_a_head() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse }
    head z = y -> Dense(1) { loss: mse }
}",
        &[(
            "y",
            "`y` is a head: nothing flows out of it\n\
             help: name the value before it: `let features = ..`, and let both `y` and this flow begin with `features`",
        )],
    );
}

#[test]
fn layer_unknown() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Desne(8) -> Dense(1) { loss: mse }
}",
        &[(
            "Desne",
            "unknown layer `Desne`\n\
             help: a layer with a similar name exists: `Dense`",
        )],
    );
}

#[test]
fn layer_unknown_without_a_neighbour() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Transformer(8) -> Dense(1) { loss: mse }
}",
        &[(
            "Transformer",
            "unknown layer `Transformer`\n\
             help: the layers are `Dense`, `Dropout`, `BatchNorm`, `LayerNorm`, `RmsNorm`, `Normalize`, `GaussianNoise`, `Concat`, `Add`, `Multiply`, `Average`, `Maximum`, `Embedding`, `OneHot`, `Flatten`, `Reshape`, `Conv1D`, `Conv2D`, `MaxPool1D`, `MaxPool2D`, `AveragePool1D`, `AveragePool2D`, `GlobalAveragePool`, `Gru`, `Lstm`, `CrossStitch`, `MixtureOfExperts` and `Cgc`; a type of your own is written with its path: `crate::Transformer<16>`",
        )],
    );
}

#[test]
fn activation_unknown() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(8, rleu) -> Dense(1) { loss: mse }
}",
        &[(
            "rleu",
            "unknown activation `rleu`\n\
             help: an activation with a similar name exists: `relu`",
        )],
    );
}

#[test]
fn activation_step_unknown() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(8) -> sigmod -> Dense(1) { loss: mse }
}",
        &[(
            "sigmod",
            "unknown step `sigmod`\n\
             help: an activation with a similar name exists: `sigmoid`",
        )],
    );
}

#[test]
fn loss_unknown_name() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mean_square_error }
}",
        &[(
            "mean_square_error",
            "unknown loss `mean_square_error`\n\
             help: a loss with a similar name exists: `mean_squared_error`",
        )],
    );
}

#[test]
fn metric_unknown_name() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse, metrics: [mea] }
}",
        &[(
            "mea",
            "unknown metric `mea`\n\
             help: a metric with a similar name exists: `mae`",
        )],
    );
}

#[test]
fn argument_unknown() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1, bais = false) { loss: mse }
}",
        &[(
            "bais",
            "`Dense` has no argument `bais`\n\
             help: an argument with a similar name exists: `bias`",
        )],
    );
}

#[test]
fn initializer_unknown() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1, init = he_nromal) { loss: mse }
}",
        &[(
            "he_nromal",
            "unknown initializer `he_nromal`\n\
             help: an initializer with a similar name exists: `he_normal`",
        )],
    );
}

#[test]
fn key_unknown() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { los: mse }
}",
        &[(
            "los",
            "a head has no key `los`\n\
             help: a key with a similar name exists: `loss`",
        )],
    );
}

#[test]
fn statement_unknown() {
    rejects(
        "
struct Model {
    input x: [4];
    shard body = x -> Dense(8);
    head y = body -> Dense(1) { loss: mse }
    head z = body -> Dense(1) { loss: mse }
}",
        &[(
            "shard",
            "`shard` begins no statement\n\
             help: did you mean `shared`? a statement begins with `input`, `let`, `shared`, `layer`, `head`, `tie`, `budget` or `part`",
        )],
    );
}

#[test]
fn used_before_definition() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = body -> Dense(1) { loss: mse }
    let body = x -> Dense(8);
}",
        &[(
            "body",
            "`body` is used before it is defined\n\
             help: a model reads from top to bottom: move the definition of `body` from line 4 up to above this",
        )],
    );
}

#[test]
fn cycle() {
    rejects(
        "
struct Model {
    input x: [4];
    let a = b -> Dense(8);
    let b = c -> Dense(8);
    let c = a -> Dense(8);
    head y = c -> Dense(1) { loss: mse }
    head z = x -> Dense(1) { loss: mse }
}",
        &[(
            "b",
            "`a` is made from itself: a <- b <- c <- a\n\
             help: begin the flow with an input or a value that is defined above",
        )],
    );
}

#[test]
fn cycle_of_one() {
    rejects(
        "
struct Model {
    input x: [4];
    let a = a -> Dense(8);
    head y = a -> Dense(1) { loss: mse }
    head z = x -> Dense(1) { loss: mse }
}",
        &[(
            "a",
            "`a` is made from itself\n\
             help: begin the flow with an input or a value that is defined above",
        )],
    );
}

#[test]
fn layer_applies_itself() {
    rejects(
        "
struct Model {
    input x: [4];
    layer tower = Dense(8) -> tower;
    head y = x -> tower -> Dense(1) { loss: mse }
}",
        &[(
            "tower",
            "`tower` is made from itself\n\
             help: begin the flow with an input or a value that is defined above",
        )],
    );
}

#[test]
fn name_given_twice() {
    rejects(
        "
struct Model {
    input x: [4];
    let body = x -> Dense(8);
    let body = x -> Dense(9);
    head y = body -> Dense(1) { loss: mse }
}",
        &[(
            "body",
            "the name `body` is given twice\n\
             help: choose another name, or take one of the two out; a `let` in line 3 has this name",
        )],
    );
}

#[test]
fn name_is_a_keyword() {
    rejects(
        "
struct Model {
    input x: [4];
    head type = x -> Dense(1) { loss: mse }
}",
        &[(
            "type",
            "`type` is a word of Rust and cannot be a name\n\
             help: choose another name, such as `type_value`, or write `r#type`",
        )],
    );
}

#[test]
fn name_is_a_keyword_without_a_raw_form() {
    rejects(
        "
struct Model {
    input x: [4];
    head self = x -> Dense(1) { loss: mse }
}",
        &[(
            "self",
            "`self` is a word of Rust and cannot be a name\n\
             help: choose another name, such as `self_value`",
        )],
    );
}

#[test]
fn name_is_raw() {
    let graph = super::graph(
        "
struct r#struct<const r#type: usize> {
    input r#in: [r#type];
    shared r#loop = r#in -> Dense(2);
    head r#match = r#loop -> Dense(1) { loss: mse }
    head r#plain = r#loop -> Dense(1) { loss: mse }
    part r#impl = [plain];
}",
    );
    let text = |ident: &proc_macro2::Ident| ident.to_string();
    assert_eq!(graph.heads.iter().map(|head| text(&head.name)).collect::<Vec<_>>(), ["r#match", "plain"]);
    let paths = graph.nodes.iter().map(|node| node.path.as_str()).chain(graph.values.iter().map(|value| value.label.as_str()));
    for path in paths {
        assert!(!path.contains("r#"), "weight files and summaries have names without `r#`: {path}");
    }
}

#[test]
fn name_is_that_of_a_plain_one() {
    rejects(
        "
struct Model {
    input x: [4];
    let body = x -> Dense(2);
    head r#body = body -> Dense(1) { loss: mse }
}",
        &[(
            "r#body",
            "the name `body` is given twice\n\
             help: choose another name, or take one of the two out; a `let` in line 3 has this name",
        )],
    );
}

#[test]
fn name_is_kept() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(__values) -> Dense(self::__values) -> Dense(1) { loss: mse, weight: __total }
}",
        &[
            (
                "__values",
                "`__values` is a name of the generated code\n\
                 help: choose another name, or reach what has it by a path: `self::..`",
            ),
            (
                "__total",
                "`__total` is a name of the generated code\n\
                 help: choose another name, or reach what has it by a path: `self::..`",
            ),
        ],
    );
}

#[test]
fn names_differ_by_case_alone() {
    rejects(
        "
struct Model {
    input x: [4];
    shared body = x -> Dense(2);
    head inputs = body -> Dense(1) { loss: mse }
    head Inputs = body -> Dense(1) { loss: mse }
}",
        &[(
            "Inputs",
            "the types made for `Inputs` would have the names of those for `inputs`: `..Inputs..`\n\
             help: choose a name that differs from `inputs` in line 4 by more than underscores and the case of letters",
        )],
    );
}

#[test]
fn part_has_the_types_of_a_block() {
    rejects(
        "
struct Model {
    input x: [4];
    shared body = x -> Dense(2);
    head a = body -> Dense(1) { loss: mse }
    head b = body -> Dense(1) { loss: mse }
    part ModelBody = [a];
    part ModelInputs = [b];
}",
        &[
            (
                "ModelBody",
                "the part `ModelBody` would have a type `ModelBodyBlock`, and so has the model\n\
                 help: choose a name that does not begin with `Model`",
            ),
            (
                "ModelInputs",
                "the part `ModelInputs` would have a type `ModelInputs`, and so has the model\n\
                 help: choose a name that does not begin with `Model`",
            ),
        ],
    );
}

#[test]
fn name_has_no_letters() {
    rejects(
        "
struct Model {
    input x: [4];
    head __ = x -> Dense(1) { loss: mse }
}",
        &[(
            "__",
            "`__` has no letters\n\
             help: choose a name with letters: it becomes part of a type's name",
        )],
    );
}

#[test]
fn name_is_underscore() {
    rejects(
        "
struct Model {
    input x: [4];
    let _ = x -> Dense(3);
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "_",
            "this `let` needs a name\n\
             help: a name that begins with `_` may be unused: `_other`",
        )],
    );
}

#[test]
fn head_called_batch() {
    rejects(
        "
struct Model {
    input x: [4];
    head batch = x -> Dense(1) { loss: mse }
}",
        &[(
            "batch",
            "a head cannot be called `batch`: every model has a method `predict_batch`\n\
             help: choose another name, such as `batch_value`",
        )],
    );
}

#[test]
fn layer_called_like_an_activation() {
    rejects(
        "
struct Model {
    input x: [4];
    layer relu = Dense(8);
    head y = x -> relu -> Dense(1) { loss: mse }
}",
        &[(
            "relu",
            "`relu` is an activation of the language already\n\
             help: choose another name, such as `relu_layer`",
        )],
    );
}

#[test]
fn names_give_one_type() {
    rejects(
        "
struct Model {
    input x: [4];
    let a_b = x -> Dense(8);
    let a__b = a_b -> Dense(8);
    head y = a__b -> Dense(1) { loss: mse }
}",
        &[(
            "a__b",
            "the types made for `a__b` would have the names of those for `a_b`: `..AB..`\n\
             help: choose a name that differs from `a_b` in line 3 by more than underscores and the case of letters",
        )],
    );
}

#[test]
fn two_names_for_one_output() {
    rejects(
        "
struct Model {
    input x: [4];
    let (a, b) = x -> Dense(8);
    head y = a -> Dense(1) { loss: mse }
    head z = b -> Dense(1) { loss: mse }
}",
        &[(
            "a",
            "this `let` has 2 names for one value; `Dense` gives one\n\
             help: write `let a = ..`",
        )],
    );
}

#[test]
fn value_as_a_step() {
    rejects(
        "
struct Model {
    input x: [4];
    let body = x -> Dense(8);
    head y = x -> body -> Dense(1) { loss: mse }
}",
        &[(
            "body",
            "`body` is a `let`, not a step\n\
             help: values begin a flow: `body -> ..`; to apply the same steps in several flows, declare `layer body = ..`",
        )],
    );
}

#[test]
fn add_of_two_widths() {
    rejects(
        "
struct Model {
    input x: [4];
    let left = x -> Dense(64);
    let right = x -> Dense(32);
    head age = (left, right) -> Add -> Dense(1) { loss: mse }
}",
        &[(
            "Add",
            "head `age`: `Add` joins values of one shape, but `left` is [64] and `right` is [32]\n\
             flow: x [4] -> left [64]; x [4] -> right [32]\n\
             help: give both the same width, or join them with `Concat`",
        )],
    );
}

#[test]
fn average_of_two_widths() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = (x -> Dense(8), x) -> Average -> Dense(1) { loss: mse }
}",
        &[(
            "Average",
            "head `y`: `Average` joins values of one shape, but the output of `Dense(8)` is [8] and `x` is [4]\n\
             flow: x [4] -> Dense [8]; x [4]\n\
             help: give both the same width, or join them with `Concat`",
        )],
    );
}

#[test]
fn dense_on_an_image() {
    rejects(
        "
struct Model {
    input image: [28, 28, 1];
    head y = image -> Dense(1) { loss: mse }
}",
        &[(
            "Dense",
            "`Dense` takes a vector, but `image` is an image of [28, 28, 1]\n\
             flow: image [28, 28, 1] -> Dense\n\
             help: for one layer over all of it, put `Flatten` before it: `Flatten -> Dense(1)`; for one of each pixel, as Keras's `Dense`, write `Conv2D(1, kernel = 1)`",
        )],
    );
}

#[test]
fn dense_on_a_sequence() {
    rejects(
        "
struct Model {
    input series: [24, 3];
    head y = series -> Dense(1) { loss: mse }
}",
        &[(
            "Dense",
            "`Dense` takes a vector, but `series` is a sequence of [24, 3]\n\
             flow: series [24, 3] -> Dense\n\
             help: for one layer over all of it, put `Flatten` before it: `Flatten -> Dense(1)`; for one of each step, as Keras's `Dense`, write `Conv1D(1, kernel = 1)`",
        )],
    );
}

#[test]
fn recurrent_on_a_vector() {
    rejects(
        "
struct Model {
    input x: [16];
    head y = x -> Gru(8) -> Dense(1) { loss: mse }
}",
        &[(
            "Gru",
            "`Gru` takes a sequence of [time, features], but `x` is a vector of [16]\n\
             flow: x [16] -> Gru\n\
             help: give it steps and features: `Reshape([16, 1]) -> Gru(8)`",
        )],
    );
}

#[test]
fn recurrent_on_an_image() {
    rejects(
        "
struct Model {
    input image: [28, 28, 3];
    head y = image -> LSTM(32) -> Dense(1) { loss: mse }
}",
        &[(
            "LSTM",
            "`LSTM` takes a sequence of [time, features], but `image` is an image of [28, 28, 3]\n\
             flow: image [28, 28, 3] -> LSTM\n\
             help: give it steps and features: `Reshape([28, 84]) -> LSTM(32)`",
        )],
    );
}

#[test]
fn recurrent_on_a_last_state() {
    rejects(
        "
struct Model {
    input days: [14, 6];
    head y = days -> Gru(32) -> Dropout(0.1) -> Gru(16) -> Dense(1) { loss: mse }
}",
        &[(
            "Gru",
            "`Gru` takes a sequence of [time, features], but the output of `Dropout(0.1)` is a vector of [32]\n\
             flow: days [14, 6] -> Gru [32] -> Dropout [32] -> Gru\n\
             help: `Gru(32)` gives its last state alone; let it give all: `Gru(32, sequences = true)`",
        )],
    );
}

#[test]
fn recurrent_on_a_last_state_that_was_asked_for() {
    rejects(
        "
struct Model {
    input days: [14, 6];
    head y = days -> Lstm(8, return_sequences = false, bias = false) -> Gru(4) -> Dense(1) { loss: mse }
}",
        &[(
            "Gru",
            "`Gru` takes a sequence of [time, features], but the output of `Lstm(8, return_sequences = false, bias = false)` is a vector of [8]\n\
             flow: days [14, 6] -> Lstm [8] -> Gru\n\
             help: `Lstm(8, return_sequences = false, bias = false)` gives its last state alone; let it give all: `Lstm(8, return_sequences = true, bias = false)`",
        )],
    );
}

#[test]
fn recurrent_on_an_image_of_constants() {
    rejects(
        "
struct Model {
    input days: [DAYS, { A + 1 }, 6];
    head y = days -> Gru(4) -> Dense(1) { loss: mse }
}",
        &[(
            "Gru",
            "`Gru` takes a sequence of [time, features], but `days` is an image of [DAYS, (A + 1), 6]\n\
             flow: days [DAYS, (A + 1), 6] -> Gru\n\
             help: give it steps and features: `Reshape([DAYS, { (A + 1) * 6 }]) -> Gru(4)`",
        )],
    );
}

#[test]
fn recurrent_on_a_class() {
    rejects(
        "
struct Model {
    input month: class(12);
    head y = month -> Lstm(8) -> Dense(1) { loss: mse }
}",
        &[(
            "Lstm",
            "`Lstm` takes numbers, but `month` is class(12)\n\
             flow: month class(12) -> Lstm\n\
             help: turn it into a vector first: `month -> Embedding(8)` or `month -> OneHot`",
        )],
    );
}

#[test]
fn recurrent_of_a_generic() {
    rejects(
        "
struct Model<const UNITS: usize> {
    input days: [14, 6];
    head y = days -> Gru(UNITS) -> Dense(1) { loss: mse }
}",
        &[(
            "Gru",
            "this needs the product `3 * UNITS`, and Rust has no arithmetic on const generics in types\n\
             help: make `UNITS` a `const UNITS: usize = ..;` outside of the model",
        )],
    );
}

#[test]
fn argument_for_a_recurrent_step() {
    rejects(
        "
struct Model {
    input days: [14, 6];
    head y = days -> Gru(8, relu) -> Dense(1) { loss: mse }
}",
        &[(
            "relu",
            "`Gru` takes one argument; `relu` is one too many\n\
             help: take it out, or name it: `sequences`, `bias`, `init`, `l1` or `l2`",
        )],
    );
}

#[test]
fn dense_on_every_state() {
    rejects(
        "
struct Model {
    input days: [14, 6];
    head y = days -> Gru(8, sequences = true) -> Dense(1) { loss: mse }
}",
        &[(
            "Dense",
            "`Dense` takes a vector, but the output of `Gru(8, sequences = true)` is a sequence of [14, 8]\n\
             flow: days [14, 6] -> Gru [14, 8] -> Dense\n\
             help: for one layer over all of it, put `Flatten` before it: `Flatten -> Dense(1)`; for one of each step, as Keras's `Dense`, write `Conv1D(1, kernel = 1)`; for the last state alone, leave `sequences = true` out",
        )],
    );
}

#[test]
fn reshape_to_another_size() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Reshape([3, 2]) -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "Reshape",
            "`Reshape` keeps the number of values: `x` of [4] has 4, and [3, 2] has 6\n\
             flow: x [4] -> Reshape [3, 2]\n\
             help: give dimensions whose product is 4",
        )],
    );
}

#[test]
fn reshape_of_nothing() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Reshape(4) -> Dense(1) { loss: mse }
}",
        &[(
            "4",
            "`shape` of `Reshape` is a list of dimensions, and not `4`\n\
             help: write `Reshape([28, 28, 1])`",
        )],
    );
}

#[test]
fn dimension_of_zero() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(0) -> Dense(1) { loss: mse }
}",
        &[(
            "0",
            "`units` of `Dense` is zero\n\
             help: write a whole number of at least 1, such as `64`",
        )],
    );
}

#[test]
fn dimension_negative() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(-8) -> Dense(1) { loss: mse }
}",
        &[(
            "-8",
            "`units` of `Dense` is negative: -8\n\
             help: write a whole number of at least 1, such as `64`",
        )],
    );
}

#[test]
fn dimension_fractional() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(8.5) -> Dense(1) { loss: mse }
}",
        &[(
            "8.5",
            "`units` of `Dense` is not a whole number: 8.5\n\
             help: write a whole number of at least 1, such as `64`",
        )],
    );
}

#[test]
fn dimension_too_large() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(100_000_000_000) -> Dense(1) { loss: mse }
}",
        &[(
            "100_000_000_000",
            "`units` of `Dense` is too large: 100_000_000_000\n\
             help: a dimension is 16_777_216 at most",
        )],
    );
}

#[test]
fn dimension_of_zero_in_an_input() {
    rejects(
        "
struct Model {
    input x: [0];
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "0",
            "a dimension is zero\n\
             help: write a whole number of at least 1, such as `16`",
        )],
    );
}

#[test]
fn concat_of_one() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Concat -> Dense(1) { loss: mse }
}",
        &[(
            "Concat",
            "`Concat` joins two values or more, and here comes one\n\
             help: write `(a, b) -> Concat`, or take `Concat` out",
        )],
    );
}

#[test]
fn concat_of_an_image() {
    rejects(
        "
struct Model {
    input x: [4];
    input image: [2, 2, 1];
    head y = (x, image) -> Concat -> Dense(1) { loss: mse }
}",
        &[(
            "Concat",
            "`Concat` joins vectors, but `image` is [2, 2, 1]\n\
             flow: image [2, 2, 1] -> Concat\n\
             help: put `-> Flatten` after it in the tuple",
        )],
    );
}

#[test]
fn tuple_into_dense() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = (x, x -> Dense(4)) -> Dense(1) { loss: mse }
}",
        &[(
            "Dense",
            "`Dense` takes one value, and here come 2\n\
             help: join them first: `(a, b) -> Concat -> Dense(1)`",
        )],
    );
}

#[test]
fn tuple_without_a_step() {
    rejects(
        "
struct Model {
    input x: [4];
    let pair = (x, x -> Dense(4));
    head y = pair -> Dense(1) { loss: mse }
}",
        &[(
            "(x, x -> Dense(4))",
            "a tuple of 2 values goes into no step\n\
             help: join them: `(a, b) -> Concat`",
        )],
    );
}

#[test]
fn embedding_of_reals() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Embedding(8) -> Dense(1) { loss: mse }
}",
        &[(
            "Embedding",
            "`Embedding` takes a class, but `x` is [4]\n\
             flow: x [4] -> Embedding\n\
             help: declare it as a class, `input x: class(12);`, or take `Embedding` out",
        )],
    );
}

#[test]
fn dense_on_a_class() {
    rejects(
        "
struct Model {
    input month: class(12);
    head y = month -> Dense(1) { loss: mse }
}",
        &[(
            "Dense",
            "`Dense` takes numbers, but `month` is class(12)\n\
             flow: month class(12) -> Dense\n\
             help: turn it into a vector first: `month -> Embedding(8)` or `month -> OneHot`",
        )],
    );
}

#[test]
fn layer_used_on_two_widths() {
    rejects(
        "
struct Model {
    input x: [4];
    input z: [5];
    layer tower = Dense(8);
    head y = (x -> tower, z -> tower) -> Concat -> Dense(1) { loss: mse }
}",
        &[(
            "tower",
            "the layer `tower` has the same parameters at every use: it takes [4] in `y`, and [5] here\n\
             help: give it values of one shape, or declare a second layer",
        )],
    );
}

#[test]
fn arithmetic_on_a_generic() {
    rejects(
        "
struct Model<const N: usize> {
    input x: [N];
    head y = (x, x -> Dense(4)) -> Concat -> Dense(1) { loss: mse }
}",
        &[(
            "Concat",
            "this needs the sum `N + 4`, and Rust has no arithmetic on const generics in types\n\
             help: make `N` a `const N: usize = ..;` outside of the model",
        )],
    );
}

#[test]
fn expression_of_a_generic() {
    rejects(
        "
struct Model<const N: usize> {
    input x: [{ N + 1 }];
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "N",
            "`N` is a parameter of the struct: Rust has no arithmetic on const generics in types\n\
             help: make it a `const N: usize = ..;` outside of the model, or add a parameter for the result",
        )],
    );
}

#[test]
fn image_of_a_generic() {
    rejects(
        "
struct Model<const N: usize> {
    input x: [N, N];
    head y = x -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "x",
            "this needs the product `N * N`, and Rust has no arithmetic on const generics in types\n\
             help: make `N` a `const N: usize = ..;` outside of the model",
        )],
    );
}

#[test]
fn generic_compared_with_a_number() {
    rejects(
        "
struct Model<const N: usize> {
    input x: [N];
    head y = (x, x -> Dense(4)) -> Add -> Dense(1) { loss: mse }
}",
        &[(
            "Add",
            "head `y`: `Add` joins values of one shape, but `x` is [N] and the output of `Dense(4)` is [4]; `N` may be any number\n\
             flow: x [N]; x [N] -> Dense [4]\n\
             help: give both the same width, or join them with `Concat`",
        )],
    );
}

#[test]
fn generic_in_an_own_layer() {
    rejects(
        "
struct Model<const N: usize> {
    input x: [N];
    head y = x -> crate::Scale<N> -> Dense(1) { loss: mse }
}",
        &[(
            "N",
            "`N` is a parameter of the struct, and cannot size a layer of your own\n\
             help: write `_` for the size of what flows in, or make `N` a `const` outside of the model",
        )],
    );
}

#[test]
fn softmax_over_one_unit() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1, softmax) { loss: categorical_cross_entropy }
}",
        &[(
            "softmax",
            "softmax over one unit is always 1: it would never train\n\
             help: give it one unit for each class; for yes or no, use `Dense(1, sigmoid)` with `binary_cross_entropy`",
        )],
    );
}

#[test]
fn no_head() {
    rejects(
        "
struct Model {
    input x: [4];
    let _a = x -> Dense(1);
}",
        &[(
            "Model",
            "the model `Model` has no head: nothing to train\n\
             help: write at least one: `head price = features -> Dense(1) { loss: mse }`",
        )],
    );
}

#[test]
fn model_empty() {
    rejects(
        "
struct Model {
}",
        &[(
            "Model",
            "the model `Model` is empty\n\
             help: write an input and a head: `input x: [4]; head y = x -> Dense(1) { loss: mse }`",
        )],
    );
}

#[test]
fn no_loss() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { metrics: [mae] }
}",
        &[(
            "y",
            "head `y` has no loss\n\
             help: write one in its block: `{ loss: mse }`",
        )],
    );
}

#[test]
fn no_block() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(3, softmax);
}",
        &[(
            "y",
            "head `y` has no loss\n\
             help: write one in its block: `{ loss: categorical_cross_entropy }`",
        )],
    );
}

#[test]
fn two_losses() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse, loss: mae }
}",
        &[(
            "loss",
            "head `y` has two losses\n\
             help: take one of the two out; for two losses on one flow, write two heads",
        )],
    );
}

#[test]
fn cross_entropy_without_softmax() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(3) { loss: categorical_cross_entropy, metrics: [accuracy] }
}",
        &[(
            "Dense",
            "head `y`: `categorical_cross_entropy` wants a flow that ends in `softmax`, but this one ends in `Dense(3)` without an activation\n\
             help: end it in `softmax`, or write `loss: mse`",
        )],
    );
}

#[test]
fn binary_cross_entropy_without_sigmoid() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1, relu) { loss: binary_cross_entropy }
}",
        &[(
            "relu",
            "head `y`: `binary_cross_entropy` wants a flow that ends in `sigmoid`, but this one ends in `relu`\n\
             help: end it in `sigmoid`, or write `loss: mse`",
        )],
    );
}

#[test]
fn softmax_with_mse() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(3, softmax) { loss: mse, metrics: [mae] }
}",
        &[(
            "softmax",
            "head `y`: `mse` wants a flow that ends in anything but `softmax`, but this one ends in `softmax`\n\
             help: end it in `linear`, or write `loss: categorical_cross_entropy`",
        )],
    );
}

#[test]
fn mse_with_softmax_and_accuracy() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(3, softmax) { loss: mse, metrics: [accuracy] }
}",
        &[(
            "mse",
            "head `y`: `mse` wants a flow that ends in anything but `softmax`, but this one ends in `softmax`\n\
             help: end it in `linear`, or write `loss: categorical_cross_entropy`",
        )],
    );
}

#[test]
fn poisson_of_what_can_be_negative() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: poisson, metrics: [mae] }
}",
        &[(
            "Dense",
            "head `y`: `poisson` wants a flow that ends in `exponential` or `softplus`, so that it is above zero, but this one ends in `Dense(1)` without an activation\n\
             help: end it in `exponential`, or write `loss: mse`",
        )],
    );
}

#[test]
fn hinge_of_a_sigmoid() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1, sigmoid) { loss: hinge }
}",
        &[(
            "sigmoid",
            "head `y`: `hinge` wants a flow that ends in `linear` or `tanh`, but this one ends in `sigmoid`\n\
             help: end it in `linear`, or write `loss: binary_cross_entropy`",
        )],
    );
}

#[test]
fn metric_of_another_loss() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse, metrics: [mae, accuracy] }
}",
        &[(
            "accuracy",
            "head `y`: the metric `accuracy` does not go with the loss `mse`\n\
             help: take it out; with `mse` go `mae`, `mse`, `rmse`, `r2` and `mape`",
        )],
    );
}

#[test]
fn metrics_of_another_loss() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1, sigmoid) { loss: mse, metrics: [accuracy, auc] }
}",
        &[(
            "mse",
            "head `y`: `accuracy` and `auc` do not go with the loss `mse`\n\
             help: write `loss: binary_cross_entropy`, or metrics that go with it: `mae`, `mse`, `rmse`, `r2` and `mape`",
        )],
    );
}

#[test]
fn metric_twice() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse, metrics: [mae, mae] }
}",
        &[(
            "mae",
            "head `y` has the metric `mae` twice\n\
             help: take one of the two out",
        )],
    );
}

#[test]
fn metrics_without_brackets() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse, metrics: mae }
}",
        &[(
            "mae",
            "metrics stand in brackets\n\
             help: write `metrics: [mae]`",
        )],
    );
}

#[test]
fn class_weights_of_the_wrong_length() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(3, softmax) { loss: categorical_cross_entropy, class_weights: [1, 2] }
}",
        &[(
            "[1, 2]",
            "head `y` has 2 class weights, and wants one for each of the 3 classes\n\
             help: write 3 numbers: `class_weights: [1.0, 1.0, 1.0]`",
        )],
    );
}

#[test]
fn class_weights_of_a_regression() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse, class_weights: [1, 2] }
}",
        &[(
            "[1, 2]",
            "head `y`: the loss `mse` knows no classes to weigh\n\
             help: take `class_weights` out; it goes with `binary_cross_entropy`, `binary_focal`, `categorical_cross_entropy` and `categorical_focal`",
        )],
    );
}

#[test]
fn class_weights_all_zero() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(2, softmax) { loss: categorical_cross_entropy, class_weights: [0, 0] }
}",
        &[(
            "[0, 0]",
            "the class weights of head `y` are all zero\n\
             help: give one class at least a weight above 0",
        )],
    );
}

#[test]
fn class_weight_negative() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(2, softmax) { loss: categorical_cross_entropy, class_weights: [1, -2] }
}",
        &[(
            "-2",
            "a class weight of head `y` must be 0 or more, and is -2\n\
             help: write a number that is 0 or more, such as `2.0`",
        )],
    );
}

#[test]
fn weight_negative() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse, weight: -0.5 }
}",
        &[(
            "-0.5",
            "the weight of head `y` must be 0 or more, and is -0.5\n\
             help: write a number that is 0 or more, such as `0.5`",
        )],
    );
}

#[test]
fn weight_not_finite() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse, weight: 1e999 }
}",
        &[(
            "1e999",
            "the weight of head `y` is not finite: 1e999\n\
             help: write a number that is 0 or more, such as `0.5`",
        )],
    );
}

/// One number after another that is another one in `f32`: at its place, with what it must be there.
#[test]
fn numbers_that_are_others_in_single_precision() {
    for (statement, number, message) in [
        (
            "head y = x -> Dense(1) { loss: mse, weight: 1e40 }",
            "1e40",
            "the weight of head `y` must be 0 or more in `f32`, where 1e40 is infinite\nhelp: write a number that is 0 or more in `f32`, such as `0.5`",
        ),
        (
            "head y = x -> Dense(1) { loss: mse, weight: 1e-60 }",
            "1e-60",
            "the weight of head `y` must be 0 or more in `f32`, where 1e-60 is 0\nhelp: write a number that is 0 or more in `f32`, such as `0.5`",
        ),
        (
            "head y = x -> Dropout(0.99999999999) -> Dense(1) { loss: mse }",
            "0.99999999999",
            "`rate` of `Dropout` must be at least 0 and below 1 in `f32`, where 0.99999999999 is 1\n\
             help: write a number that is at least 0 and below 1 in `f32`, such as `0.1`",
        ),
    ] {
        rejects(&format!("struct Model {{ input x: [4]; {statement} }}"), &[(number, message)]);
    }
}

/// Every word that takes a number looks at it in `f32`.
#[test]
fn every_number_is_looked_at_in_single_precision() {
    for statement in [
        "head y = x -> BatchNorm(epsilon = 1e-60) -> Dense(1) { loss: mse }",
        "head y = x -> BatchNorm(momentum = 0.99999999999) -> Dense(1) { loss: mse }",
        "head y = x -> LayerNorm(epsilon = 1e-60) -> Dense(1) { loss: mse }",
        "head y = x -> GaussianNoise(1e40) -> Dense(1) { loss: mse }",
        "head y = x -> Dense(1, l1 = 1e-60) { loss: mse }",
        "head y = x -> Dense(1, l2 = 1e40) { loss: mse }",
        "head y = x -> Dense(1) { loss: huber(1e-60) }",
        "head y = x -> Dense(1) { loss: huber(1e40) }",
        "head y = x -> Dense(1) { loss: quantile(0.99999999999) }",
        "head y = x -> Dense(1, sigmoid) { loss: binary_focal(1e40) }",
        "head y = x -> Dense(2, softmax) { loss: categorical_cross_entropy, label_smoothing: 0.99999999999 }",
        "head y = x -> Dense(2, softmax) { loss: categorical_cross_entropy, class_weights: [1.0, 1e40] }",
        "head y = x -> Dense(2, softmax) { loss: categorical_cross_entropy, class_weights: [1.0, 1e-60] }",
        "let a = x -> Dense(1); let b = x -> Dense(1); tie (a, b) { l2: 1e40 } head y = (a, b) -> Concat -> Dense(1) { loss: mse }",
    ] {
        let found = errors(&format!("struct Model {{ input x: [4]; {statement} }}"));
        assert!(matches!(&found[..], [(_, message)] if message.contains("in `f32`, where")), "{statement}: {found:?}");
    }
}

#[test]
fn weights_all_zero() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse, weight: 0 }
}",
        &[(
            "0",
            "the weights of all heads are zero: nothing would train\n\
             help: give one head at least a weight above 0",
        )],
    );
}

#[test]
fn smoothing_out_of_range() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(2, softmax) { loss: categorical_cross_entropy, label_smoothing: 1.0 }
}",
        &[(
            "1.0",
            "`label_smoothing` must be at least 0 and below 1, and is 1.0\n\
             help: write a number that is at least 0 and below 1, such as `0.1`",
        )],
    );
}

#[test]
fn smoothing_of_a_regression() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse, label_smoothing: 0.1 }
}",
        &[(
            "label_smoothing",
            "head `y`: the loss `mse` has no labels to smooth\n\
             help: take `label_smoothing` out; it goes with `binary_cross_entropy`, `binary_focal`, `categorical_cross_entropy` and `categorical_focal`",
        )],
    );
}

#[test]
fn dropout_out_of_range() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dropout(1.0) -> Dense(1) { loss: mse }
}",
        &[(
            "1.0",
            "`rate` of `Dropout` must be at least 0 and below 1, and is 1.0\n\
             help: write a number that is at least 0 and below 1, such as `0.1`",
        )],
    );
}

#[test]
fn top_k_larger_than_the_classes() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(3, softmax) { loss: categorical_cross_entropy, metrics: [top_k(4)] }
}",
        &[(
            "top_k(4)",
            "head `y`: there are 3 classes, and `top_k` looks at 4\n\
             help: write 3 or less: a hit is a class among so many of the most probable ones",
        )],
    );
}

#[test]
fn labels_of_another_kind() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse, labels: optional }
}",
        &[(
            "optional",
            "`labels` is `required` or `partial`, and not `optional`\n\
             help: write `labels: partial`",
        )],
    );
}

#[test]
fn loss_in_quotes() {
    rejects(
        r#"
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: "mse" }
}"#,
        &[(
            "\"mse\"",
            "a loss is a name without quotes\n\
             help: write `loss: mse`",
        )],
    );
}

#[test]
fn quantile_out_of_range() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: quantile(1.5) }
}",
        &[(
            "1.5",
            "`q` of `quantile` must be between 0 and 1, and is 1.5\n\
             help: write a number that is between 0 and 1, such as `0.9`",
        )],
    );
}

#[test]
fn head_ends_in_an_image() {
    rejects(
        "
struct Model {
    input image: [4, 4, 1];
    head y = image -> relu { loss: mse }
}",
        &[(
            "relu",
            "head `y` must end in a vector, and ends in [4, 4, 1]\n\
             flow: image [4, 4, 1] -> y [4, 4, 1]\n\
             help: end it in `Flatten` for a target at every pixel, or in `Flatten -> Dense(1)` for one of all",
        )],
    );
}

#[test]
fn head_ends_in_a_class() {
    rejects(
        "
struct Model {
    input month: class(12);
    head y = month { loss: mse }
}",
        &[(
            "month",
            "head `y` must end in a vector, and ends in class(12)\n\
             flow: month class(12)\n\
             help: turn the class into numbers first: `-> Embedding(8) -> Dense(1)`",
        )],
    );
}

#[test]
fn input_unused() {
    rejects(
        "
struct Model {
    input x: [4];
    input other: [3];
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "other",
            "nothing uses the input `other`\n\
             help: begin a flow with `other`, take it out, or call it `_other` if that is meant",
        )],
    );
}

#[test]
fn value_unused() {
    rejects(
        "
struct Model {
    input x: [4];
    let body = x -> Dense(8);
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "body",
            "nothing uses the value `body`\n\
             help: begin a flow with `body`, take it out, or call it `_body` if that is meant",
        )],
    );
}

#[test]
fn layer_unused() {
    rejects(
        "
struct Model {
    input x: [4];
    layer tower = Dense(8);
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "tower",
            "nothing uses the layer `tower`\n\
             help: apply it in a flow: `record -> tower`, take it out, or call it `_tower` if that is meant",
        )],
    );
}

#[test]
fn shared_by_one_head() {
    rejects(
        "
struct Model {
    input x: [4];
    shared body = x -> Dense(8);
    head y = body -> Dense(1) { loss: mse }
}",
        &[(
            "body",
            "`body` is `shared`, but only one head depends on it: `y`\n\
             help: write `let body = ..`, or let a second head begin with `body`",
        )],
    );
}

#[test]
fn shared_unused() {
    rejects(
        "
struct Model {
    input x: [4];
    shared body = x -> Dense(8);
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "body",
            "nothing uses the shared value `body`\n\
             help: let two heads begin with `body`, or take it out",
        )],
    );
}

#[test]
fn heads_share_nothing() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse }
    head z = x -> Dense(1) { loss: mse }
}",
        &[(
            "Model",
            "the heads `y` and `z` share nothing\n\
             help: let them begin with one `shared` value; if they are meant to be strangers, write `#[independent]` before the struct",
        )],
    );
}

#[test]
fn argument_missing() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense -> Dense(1) { loss: mse }
}",
        &[(
            "Dense",
            "`Dense` needs its argument `units`\n\
             help: write `Dense(64)`",
        )],
    );
}

#[test]
fn argument_missing_in_parentheses() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dropout() -> Dense(1) { loss: mse }
}",
        &[(
            "Dropout",
            "`Dropout` needs its argument `rate`\n\
             help: write `Dropout(0.1)`",
        )],
    );
}

#[test]
fn argument_surplus() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dropout(0.1, 0.2) -> Dense(1) { loss: mse }
}",
        &[(
            "0.2",
            "`Dropout` takes one argument; `0.2` is one too many\n\
             help: take it out",
        )],
    );
}

#[test]
fn argument_for_a_step_without() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Flatten(2) -> Dense(1) { loss: mse }
}",
        &[(
            "2",
            "`Flatten` takes no arguments; `2` is one too many\n\
             help: write `Flatten`",
        )],
    );
}

#[test]
fn argument_for_an_activation() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(8) -> relu(3) -> Dense(1) { loss: mse }
}",
        &[(
            "3",
            "the activation `relu` takes no arguments\n\
             help: write `relu`",
        )],
    );
}

#[test]
fn argument_twice() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1, bias = false, bias = true) { loss: mse }
}",
        &[(
            "bias",
            "`bias` of `Dense` is given twice\n\
             help: take one of the two out",
        )],
    );
}

#[test]
fn argument_of_the_wrong_kind() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(relu) -> Dense(1) { loss: mse }
}",
        &[(
            "relu",
            "`units` of `Dense` is a whole number, and `relu` is an activation\n\
             help: write a whole number, such as `64`, or the path of a constant",
        )],
    );
}

#[test]
fn argument_number_for_an_activation() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(8, 0.5) -> Dense(1) { loss: mse }
}",
        &[(
            "0.5",
            "`activation` of `Dense` is an activation, and not `0.5`\n\
             help: write the name of an activation, such as `relu`, or the path of one of your own",
        )],
    );
}

#[test]
fn argument_after_a_named_one() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(8, bias = false, relu) -> Dense(1) { loss: mse }
}",
        &[(
            "relu",
            "`relu` stands after the named argument `bias`\n\
             help: put it before `bias = ..`, or name it too",
        )],
    );
}

#[test]
fn argument_not_boolean() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1, bias = 0) { loss: mse }
}",
        &[(
            "0",
            "`bias` of `Dense` is `true` or `false`, and not `0`\n\
             help: write `true` or `false`",
        )],
    );
}

#[test]
fn argument_with_a_colon() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1, bias: false) { loss: mse }
}",
        &[(
            ":",
            "the argument `bias` is given with `:`\n\
             help: write `bias = ..`; `:` is for the keys of a head",
        )],
    );
}

#[test]
fn argument_without_a_value() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1, bias = ) { loss: mse }
}",
        &[(
            "bias",
            "the argument `bias` has no value\n\
             help: write `bias = ..`, or take it out",
        )],
    );
}

#[test]
fn argument_is_an_expression() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(4 + 4) -> Dense(1) { loss: mse }
}",
        &[(
            "+",
            "expected `,` between arguments, found `+`\n\
             help: put an expression in braces: `{ A + B }`",
        )],
    );
}

#[test]
fn activation_in_quotes() {
    rejects(
        r#"
struct Model {
    input x: [4];
    head y = x -> Dense(8, "relu") -> Dense(1) { loss: mse }
}"#,
        &[(
            "\"relu\"",
            "an activation is a name without quotes\n\
             help: write `relu`",
        )],
    );
}

#[test]
fn arrow_missing() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x Dense(1) { loss: mse }
}",
        &[(
            "Dense",
            "a `->` is missing before `Dense`\n\
             help: steps are joined by `->`",
        )],
    );
}

#[test]
fn arrow_mistyped() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x => Dense(1) { loss: mse }
}",
        &[(
            "=>",
            "expected `->`, found `=>`\n\
             help: steps are joined by `->`",
        )],
    );
}

#[test]
fn arrow_leads_nowhere() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) -> { loss: mse }
}",
        &[(
            "->",
            "no step follows this `->`\n\
             help: write the step that it leads to, or take it out",
        )],
    );
}

#[test]
fn arrow_twice() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> -> Dense(1) { loss: mse }
}",
        &[(
            "->",
            "no step follows this `->`\n\
             help: write the step that it leads to, or take it out",
        )],
    );
}

#[test]
fn semicolon_missing() {
    rejects(
        "
struct Model {
    input x: [4];
    let body = x -> Dense(8)
    head y = body -> Dense(1) { loss: mse }
}",
        &[(
            "(8)",
            "a `;` is missing after this\n\
             help: every `let` ends in `;`",
        )],
    );
}

#[test]
fn semicolon_before_the_block() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1); { loss: mse }
}",
        &[(
            ";",
            "this `;` cuts the head off from its block\n\
             help: take it out",
        )],
    );
}

#[test]
fn comma_missing_in_arguments() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(8 relu) -> Dense(1) { loss: mse }
}",
        &[(
            "relu",
            "a `,` is missing before `relu`\n\
             help: arguments are separated by `,`",
        )],
    );
}

#[test]
fn comma_missing_in_a_block() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse metrics: [mae] }
}",
        &[(
            "metrics",
            "a `,` is missing before `metrics`\n\
             help: entries are separated by `,`",
        )],
    );
}

#[test]
fn colon_missing_in_a_block() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss mse }
}",
        &[(
            "loss",
            "expected `:` after `loss`, found `mse`\n\
             help: write `loss: ..`",
        )],
    );
}

#[test]
fn equals_in_a_block() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss = mse }
}",
        &[(
            "=",
            "`loss` is given with `=`\n\
             help: write `loss: ..`; `=` is for the arguments of a step",
        )],
    );
}

#[test]
fn key_without_a_value() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: }
}",
        &[(
            "loss:",
            "`loss` has no value\n\
             help: write `loss: ..`, or take it out",
        )],
    );
}

#[test]
fn block_on_a_let() {
    rejects(
        "
struct Model {
    input x: [4];
    let a = x -> Dense(8) { loss: mse }
    head y = a -> Dense(1) { loss: mse }
}",
        &[(
            "{",
            "a `let` ends in `;`: only a head has a block\n\
             help: write `head` in its place, or `;` here",
        )],
    );
}

#[test]
fn name_missing() {
    rejects(
        "
struct Model {
    input x: [4];
    let = x -> Dense(8);
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "let",
            "this `let` has no name\n\
             help: write `let name = ..`",
        )],
    );
}

#[test]
fn equals_missing() {
    rejects(
        "
struct Model {
    input x: [4];
    let body x -> Dense(8);
    head y = body -> Dense(1) { loss: mse }
}",
        &[(
            "body",
            "expected `=` after the name, found `x`\n\
             help: write `let name = record -> Dense(64, relu)`",
        )],
    );
}

#[test]
fn keyword_missing() {
    rejects(
        "
struct Model {
    input x: [4];
    body = x -> Dense(8);
    head y = body -> Dense(1) { loss: mse }
}",
        &[(
            "body",
            "`let` is missing before `body`\n\
             help: write `let body`; a statement begins with `input`, `let`, `shared`, `layer`, `head`, `tie`, `budget` or `part`",
        )],
    );
}

#[test]
fn input_without_brackets() {
    rejects(
        "
struct Model {
    input x: 4;
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "4",
            "the shape of `x` stands in brackets\n\
             help: write `input x: [4];`",
        )],
    );
}

#[test]
fn input_without_a_shape() {
    rejects(
        "
struct Model {
    input x;
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "x",
            "the input `x` has no shape\n\
             help: write `input x: [16];`, or `class(12)` for a whole number",
        )],
    );
}

#[test]
fn input_of_an_empty_shape() {
    rejects(
        "
struct Model {
    input x: [];
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "[]",
            "the shape of `x` is empty\n\
             help: write how many numbers it has: `input x: [16];`",
        )],
    );
}

#[test]
fn input_of_another_kind() {
    rejects(
        "
struct Model {
    input x: klass(4);
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "klass",
            "`klass` is not a kind of input\n\
             help: an input is `[16]`, or `class(12)` for a whole number",
        )],
    );
}

#[test]
fn input_class_without_a_number() {
    rejects(
        "
struct Model {
    input x: class;
    head y = x -> OneHot -> Dense(1) { loss: mse }
}",
        &[(
            "class",
            "`class` needs a number: how many classes `x` has\n\
             help: write `class(12)`",
        )],
    );
}

#[test]
fn flow_missing() {
    rejects(
        "
struct Model {
    input x: [4];
    let a = ;
    head y = a -> Dense(1) { loss: mse }
    head z = x -> Dense(1) { loss: mse }
}",
        &[(
            "a",
            "a flow is missing here\n\
             help: begin with the name of a value: `record -> Dense(64, relu)`",
        )],
    );
}

#[test]
fn tuple_as_a_step() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> (x, x) -> Add -> Dense(1) { loss: mse }
}",
        &[(
            "(",
            "a tuple stands where a step belongs\n\
             help: tuples of values begin a flow: `(a, b) -> Concat`; name this flow with `let` and begin another",
        )],
    );
}

#[test]
fn tuple_empty() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = () -> Concat -> Dense(1) { loss: mse }
    head z = x -> Dense(1) { loss: mse }
}",
        &[(
            "()",
            "this tuple is empty\n\
             help: name the values to join: `(left, right) -> Concat`",
        )],
    );
}

#[test]
fn struct_missing() {
    rejects(
        "
pub Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "Model",
            "`struct` is missing before `Model`\n\
             help: write `struct Model { .. }`",
        )],
    );
}

#[test]
fn struct_is_an_enum() {
    rejects(
        "
enum Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "enum",
            "a model is declared as a struct, not with `enum`\n\
             help: write `struct Model { .. }`",
        )],
    );
}

#[test]
fn struct_without_a_name() {
    rejects(
        "
struct {
    input x: [4];
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "struct",
            "this struct has no name\n\
             help: name the model: `struct Model { .. }`",
        )],
    );
}

#[test]
fn struct_without_a_body() {
    rejects(
        "
struct Model",
        &[(
            "Model",
            "the model `Model` has no body\n\
             help: write its inputs and heads in braces: `struct Model { .. }`",
        )],
    );
}

#[test]
fn struct_twice() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse }
}
struct Other { }",
        &[(
            "struct",
            "`struct` stands after the model `Model`\n\
             help: one `multitask!` declares one model; declare another in an invocation of its own",
        )],
    );
}

#[test]
fn generic_of_another_type() {
    rejects(
        "
struct Model<const N: u32> {
    input x: [4];
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "N",
            "`N` must be a `usize`, and is a `u32`\n\
             help: write `const N: usize`",
        )],
    );
}

#[test]
fn generic_type() {
    rejects(
        "
struct Model<N> {
    input x: [4];
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "N",
            "expected `const`, found `N`\n\
             help: a model takes const generics: `<const FEATURES: usize>`",
        )],
    );
}

#[test]
fn generic_twice() {
    rejects(
        "
struct Model<const N: usize, const N: usize> {
    input x: [N];
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "N",
            "`N` is declared twice; the first one is in line 1\n\
             help: choose another name, or take it out",
        )],
    );
}

#[test]
fn generic_without_default_after_one_with() {
    rejects(
        "
struct Model<const A: usize = 3, const B: usize> {
    input x: [A];
    head y = x -> Dense(B) { loss: mse }
}",
        &[(
            "B",
            "`B` has no default, but stands after one that has\n\
             help: give it a default, `const B: usize = 8`, or put it first",
        )],
    );
}

#[test]
fn path_ends_in_colons() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> crate:: { loss: mse }
}",
        &[(
            ":",
            "the path ends in `::`\n\
             help: end it in the name of a type or a constant: `crate::Scale`",
        )],
    );
}

#[test]
fn generics_not_closed() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> crate::Scale<4 -> Dense(1) { loss: mse }
}",
        &[(
            "<",
            "this `<` is not closed\n\
             help: close it with `>`; arguments stand in parentheses: `Dense(64)`",
        )],
    );
}

#[test]
fn generics_on_a_layer() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense<8> -> Dense(1) { loss: mse }
}",
        &[(
            "Dense<8>",
            "`Dense` takes no generics: its arguments stand in parentheses\n\
             help: write `Dense(64)`",
        )],
    );
}

#[test]
fn number_as_a_step() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> 8 -> Dense(1) { loss: mse }
}",
        &[(
            "8",
            "expected a step, and `8` is none\n\
             help: write `Dense(8)`, or take it out",
        )],
    );
}

#[test]
fn empty() {
    rejects(
        "",
        &[(
            "",
            "a model is missing here\n\
             help: declare one: `pub struct Model { input x: [4]; head y = x -> Dense(1) { loss: mse } }`",
        )],
    );
}

#[test]
fn two_mistakes() {
    rejects(
        "
struct Model {
    input x: [4];
    input other: [3];
    head y = x -> Dense(8, rleu) -> Dense(1) { loss: mes }
}",
        &[
            (
                "other",
                "nothing uses the input `other`\n\
             help: begin a flow with `other`, take it out, or call it `_other` if that is meant",
            ),
            (
                "rleu",
                "unknown activation `rleu`\n\
             help: an activation with a similar name exists: `relu`",
            ),
            (
                "mes",
                "unknown loss `mes`\n\
             help: a loss with a similar name exists: `mse`",
            ),
        ],
    );
}

#[test]
fn dense_with_two_units() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(8, 4) -> Dense(1) { loss: mse }
}",
        &[(
            "4",
            "`activation` of `Dense` is an activation, and not `4`\n\
             help: write the name of an activation, such as `relu`, or the path of one of your own",
        )],
    );
}

#[test]
fn dimension_is_an_activation_name_in_an_input() {
    rejects(
        "
struct Model {
    input x: [relu];
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "relu",
            "a dimension is a whole number, and `relu` is an activation\n\
             help: write a whole number, such as `16`, or the path of a constant",
        )],
    );
}

#[test]
fn rate_is_a_size() {
    rejects(
        "
struct Model<const N: usize> {
    input x: [N];
    head y = x -> Dropout(N) -> Dense(1) { loss: mse }
}",
        &[(
            "N",
            "`rate` of `Dropout` is a real number, and `N` is a size of the struct\n\
             help: write a number, such as `0.1`, or the path of a constant",
        )],
    );
}

#[test]
fn softmax_of_an_image() {
    rejects(
        "
struct Model {
    input x: [2, 2];
    head y = x -> softmax -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "softmax",
            "`softmax` takes a vector, but `x` is a sequence of [2, 2]\n\
             flow: x [2, 2] -> softmax\n\
             help: put `Flatten` before it: `Flatten -> softmax`",
        )],
    );
}

#[test]
fn statement_without_an_attribute_target() {
    rejects(
        "
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse }
    /// Nothing follows.
}",
        &[(
            "/// Nothing follows.",
            "no statement follows this attribute or comment\n\
             help: put it before a statement, or take it out",
        )],
    );
}

#[test]
fn attribute_broken() {
    rejects(
        "
struct Model {
    # input x: [4];
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "#",
            "this `#` begins no attribute\n\
             help: write `#[..]`, or take it out",
        )],
    );
}

#[test]
fn classes_negative() {
    rejects(
        "
struct Model {
    input x: class(-3);
    head y = x -> OneHot -> Dense(1) { loss: mse }
}",
        &[(
            "-3",
            "the number of classes is negative: -3\n\
             help: write a whole number of at least 1, such as `12`",
        )],
    );
}

#[test]
fn mistake_in_each_head() {
    rejects(
        "
struct Model {
    input x: [4];
    shared body = x -> Dense(8);
    head y = body -> Dense(1, softmax) { loss: categorical_cross_entropy }
    head z = body -> Dense(2) { loss: binary_cross_entropy }
    head w = body -> Dense(0) { loss: mse, weight: -1 }
}",
        &[
            (
                "softmax",
                "softmax over one unit is always 1: it would never train\n\
             help: give it one unit for each class; for yes or no, use `Dense(1, sigmoid)` with `binary_cross_entropy`",
            ),
            (
                "Dense",
                "head `z`: `binary_cross_entropy` wants a flow that ends in `sigmoid`, but this one ends in `Dense(2)` without an activation\n\
             help: end it in `sigmoid`, or write `loss: mse`",
            ),
            (
                "0",
                "`units` of `Dense` is zero\n\
             help: write a whole number of at least 1, such as `64`",
            ),
            (
                "-1",
                "the weight of head `w` must be 0 or more, and is -1\n\
             help: write a number that is 0 or more, such as `0.5`",
            ),
        ],
    );
}

#[test]
fn window_larger_than_the_image() {
    rejects(
        "
struct Model {
    input image: [4, 4, 1];
    head y = image -> Conv2D(8, relu, kernel = 5) -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "5",
            "`Conv2D` has a window of [5, 5], but `image` is only [4, 4, 1]\n\
             flow: image [4, 4, 1] -> Conv2D\n\
             help: make the window [4, 4] or smaller, or write `padding = same`",
        )],
    );
}

#[test]
fn window_larger_than_what_is_left() {
    rejects(
        "
struct Model {
    input image: [6, 9, 1];
    head y = image -> Conv2D(8, relu) -> MaxPool2D -> Conv2D(8) -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "Conv2D",
            "`Conv2D` has a window of [3, 3], but the output of `MaxPool2D` is only [2, 3, 8]\n\
             flow: image [6, 9, 1] -> Conv2D [4, 7, 8] -> MaxPool2D [2, 3, 8] -> Conv2D\n\
             help: make the window [2, 3] or smaller, or write `padding = same`",
        )],
    );
}

#[test]
fn window_larger_than_the_sequence() {
    rejects(
        "
struct Model {
    input sound: [4, 2];
    head y = sound -> MaxPool1D(8) -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "8",
            "`MaxPool1D` has a window of 8, but `sound` is only [4, 2]\n\
             flow: sound [4, 2] -> MaxPool1D\n\
             help: make the window 4 or smaller, or write `padding = same`",
        )],
    );
}

#[test]
fn window_of_three_sizes() {
    rejects(
        "
struct Model {
    input image: [8, 8, 1];
    head y = image -> Conv2D(8, kernel = [3, 3, 3]) -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "[3, 3, 3]",
            "`kernel` of `Conv2D` is a whole number, or [rows, columns], and not `[3, 3, 3]`\n\
             help: write `3` or `[3, 3]`",
        )],
    );
}

#[test]
fn window_of_rows_on_a_sequence() {
    rejects(
        "
struct Model {
    input sound: [8, 2];
    head y = sound -> AveragePool1D([2, 2]) -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "[2, 2]",
            "`size` of `AveragePool1D` is a whole number, and not `[2, 2]`: it goes over a sequence\n\
             help: write a whole number, such as `2`",
        )],
    );
}

#[test]
fn window_of_a_generic() {
    rejects(
        "
struct Model<const N: usize> {
    input sound: [N, 1];
    head y = sound -> Conv1D(4) -> GlobalAveragePool -> Dense(1) { loss: mse }
}",
        &[(
            "Conv1D",
            "this needs the number of places of a window of `N, 3, 1`, and Rust has no arithmetic on const generics in types\n\
             help: make `N` a `const N: usize = ..;` outside of the model",
        )],
    );
}

#[test]
fn stride_of_zero() {
    rejects(
        "
struct Model {
    input image: [8, 8, 1];
    head y = image -> MaxPool2D(2, stride = 0) -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "0",
            "`stride` of `MaxPool2D` is zero\n\
             help: write a whole number of at least 1, such as `2`",
        )],
    );
}

#[test]
fn padding_unknown() {
    rejects(
        "
struct Model {
    input image: [8, 8, 1];
    head y = image -> Conv2D(8, padding = full) -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "full",
            "`padding` of `Conv2D` is `valid` or `same`, and not `full`\n\
             help: `valid` has only places where the whole window lies on its input; `same` pads it around",
        )],
    );
}

#[test]
fn padding_misspelt() {
    rejects(
        "
struct Model {
    input image: [8, 8, 1];
    head y = image -> AveragePool2D(2, padding = smae) -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "smae",
            "`padding` of `AveragePool2D` is `valid` or `same`, and not `smae`\n\
             help: a padding with a similar name exists: `same`",
        )],
    );
}

#[test]
fn padding_in_quotes() {
    rejects(
        r#"
struct Model {
    input image: [8, 8, 1];
    head y = image -> Conv2D(8, padding = "same") -> Flatten -> Dense(1) { loss: mse }
}"#,
        &[(
            r#""same""#,
            "`padding` of `Conv2D` is a word without quotes\n\
             help: write `same`",
        )],
    );
}

#[test]
fn kernel_without_its_name() {
    rejects(
        "
struct Model {
    input image: [8, 8, 1];
    head y = image -> Conv2D(8, 3, relu) -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "3",
            "the second argument of `Conv2D` is an activation, and not `3`\n\
             help: the size of the kernel has a name: `kernel = 3`",
        )],
    );
}

#[test]
fn convolution_of_a_vector() {
    rejects(
        "
struct Model {
    input image: [64];
    head y = image -> Conv2D(8) -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "Conv2D",
            "`Conv2D` takes an image, [height, width, channels], but `image` is a vector of [64]\n\
             flow: image [64] -> Conv2D\n\
             help: give it height, width and channels: `Reshape([8, 8, 1]) -> Conv2D(8)`",
        )],
    );
}

#[test]
fn convolution_of_an_image_without_channels() {
    rejects(
        "
struct Model {
    input image: [28, 28];
    head y = image -> Conv2D(8) -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "Conv2D",
            "`Conv2D` takes an image, [height, width, channels], but `image` is a sequence of [28, 28]\n\
             flow: image [28, 28] -> Conv2D\n\
             help: for an image, give it channels: `Reshape([28, 28, 1]) -> Conv2D(8)`; for a sequence it is `Conv1D`",
        )],
    );
}

#[test]
fn convolution_of_a_sound_without_channels() {
    rejects(
        "
struct Model {
    input sound: [100];
    head y = sound -> Conv1D(8, stride = 2) -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "Conv1D",
            "`Conv1D` takes a sequence, [time, channels], but `sound` is a vector of [100]\n\
             flow: sound [100] -> Conv1D\n\
             help: give it channels: `Reshape([100, 1]) -> Conv1D(8, stride = 2)`",
        )],
    );
}

#[test]
fn convolution_along_an_image() {
    rejects(
        "
struct Model {
    input image: [8, 8, 1];
    head y = image -> Conv1D(8) -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "Conv1D",
            "`Conv1D` takes a sequence, [time, channels], but `image` is an image of [8, 8, 1]\n\
             flow: image [8, 8, 1] -> Conv1D\n\
             help: for an image it is `Conv2D`",
        )],
    );
}

#[test]
fn convolution_of_a_class() {
    rejects(
        "
struct Model {
    input zone: class(5);
    head y = zone -> Conv1D(8) -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "Conv1D",
            "`Conv1D` takes numbers, but `zone` is class(5)\n\
             flow: zone class(5) -> Conv1D\n\
             help: turn it into a vector first: `zone -> Embedding(8)` or `zone -> OneHot`",
        )],
    );
}

#[test]
fn pool_of_a_vector() {
    rejects(
        "
struct Model {
    input x: [8];
    head y = x -> GlobalAveragePool -> Dense(1) { loss: mse }
}",
        &[(
            "GlobalAveragePool",
            "`GlobalAveragePool` takes a sequence or an image, but `x` is a vector of [8]\n\
             flow: x [8] -> GlobalAveragePool\n\
             help: take `GlobalAveragePool` out: a vector has no pixels to average over",
        )],
    );
}

#[test]
fn dense_after_a_convolution() {
    rejects(
        "
struct Model {
    input image: [8, 8, 1];
    head y = image -> Conv2D(4, relu) -> Dense(1) { loss: mse }
}",
        &[(
            "Dense",
            "`Dense` takes a vector, but the output of `Conv2D(4, relu)` is an image of [6, 6, 4]\n\
             flow: image [8, 8, 1] -> Conv2D [6, 6, 4] -> Dense\n\
             help: for one layer over all of it, put `Flatten` before it: `Flatten -> Dense(1)`; for one of each pixel, as Keras's `Dense`, write `Conv2D(1, kernel = 1)`",
        )],
    );
}

#[test]
fn softmax_in_a_convolution() {
    rejects(
        "
struct Model {
    input image: [8, 8, 1];
    head y = image -> Conv2D(4, softmax) -> Flatten { loss: mse }
}",
        &[(
            "softmax",
            "softmax is over a vector, and here it would be over [6, 6, 4]\n\
             help: put it at the end of a vector: `-> Flatten -> softmax`; one for each step or pixel there is not",
        )],
    );
}

#[test]
fn filters_missing() {
    rejects(
        "
struct Model {
    input image: [8, 8, 1];
    head y = image -> Conv2D -> Flatten -> Dense(1) { loss: mse }
}",
        &[(
            "Conv2D",
            "`Conv2D` needs its argument `filters`\n\
             help: write `Conv2D(16)`",
        )],
    );
}

#[test]
fn derive_of_what_every_model_has() {
    rejects(
        "
#[derive(Default, Clone, ::core::fmt::Debug)]
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse }
}",
        &[
            (
                "Clone",
                "every model is `Clone` already\n\
             help: take it out: `Clone`, `Copy`, `Debug` and `PartialEq` come with the model",
            ),
            (
                "Debug",
                "every model is `Debug` already\n\
             help: take it out: `Clone`, `Copy`, `Debug` and `PartialEq` come with the model",
            ),
        ],
    );
}

#[test]
fn repr_of_a_model() {
    rejects(
        "
#[repr(packed)]
struct Model {
    input x: [4];
    head y = x -> Dense(1) { loss: mse }
}",
        &[(
            "repr",
            "a model is `repr(C)` already: its memory is one slice of numbers\n\
             help: take this attribute out",
        )],
    );
}

#[test]
fn tie_of_what_a_flow_does_not_find() {
    rejects(
        "
struct Model {
    input x: [4];
    let fist = x -> Dense(3);
    let second = x -> Dense(3);
    tie (first, second) { l2: 0.1 }
    head y = (first, second) -> Concat -> Dense(1) { loss: mse }
}",
        &[(
            "first",
            "`first` is not defined\n\
             help: a `let` with a similar name exists: `fist`",
        )],
    );
}
