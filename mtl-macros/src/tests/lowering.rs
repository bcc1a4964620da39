//! Valid models and the graphs they become.

use super::graph;
use crate::assertion::Relation;
use crate::graph::{Ending, Graph, InputKind, Limit, LossKind};
use crate::size;
use crate::step::Operation;
use crate::step::dense::Dense;

const PATIENT: &str = "
    /// Physical limitation, self-rated health and doctor visits, from one insurance record.
    pub struct Patient {
        input record: [RECORD];

        shared body = record -> Normalize -> Dense(64, relu) -> Dropout(0.1) -> Dense(64, relu);

        head limited = body -> Dense(20, relu) -> Dense(1, sigmoid) {
            loss: binary_cross_entropy,
            labels: partial,
            metrics: [accuracy, auc],
        }
        head health = body -> Dense(20, relu) -> Dense(4, softmax) {
            loss: categorical_cross_entropy,
            metrics: [accuracy],
        }
        head visits = body -> Dense(20, relu) -> Dense(1, exponential) {
            loss: poisson,
            weight: 0.5,
            metrics: [mae],
        }
    }
";

/// One line a node: `path(inputs) -> outputs`.
fn nodes(graph: &Graph) -> Vec<String> {
    let label = |id: &usize| graph.values[*id].label.clone();
    graph
        .nodes
        .iter()
        .map(|node| {
            let inputs: Vec<String> = node.inputs.iter().map(label).collect();
            let outputs: Vec<String> =
                node.outputs.iter().map(|id| format!("{} {}", label(id), size::shape_text(&graph.values[*id].shape))).collect();
            let activation = match &node.operation {
                Operation::Dense(Dense(weighted)) => format!(" {} {}", weighted.function.type_name(), weighted.initializer().variant()),
                _ => String::new(),
            };
            format!("{}{activation}({}) -> {} {:b}", node.path, inputs.join(", "), outputs.join(", "), node.heads.0)
        })
        .collect()
}

fn blocks(graph: &Graph) -> Vec<String> {
    graph
        .blocks
        .iter()
        .map(|block| {
            let layers: Vec<String> = block
                .layers
                .iter()
                .map(|layer| {
                    let (from, to) = layer.operation.ends(&layer.sizes);
                    format!("{} {}x{} {:b}", layer.name, size::text(&from), size::text(&to), layer.heads.0)
                })
                .collect();
            format!("{}: {} = {}", block.name, layers.join(", "), block.flow)
        })
        .collect()
}

#[test]
fn the_first_model() {
    let graph = graph(PATIENT);
    assert_eq!(
        nodes(&graph),
        [
            "body.normalize1(record) -> body.normalize1 [RECORD] 111",
            "body.dense1 Relu HeNormal(body.normalize1) -> body.dense1 [64] 111",
            "body.dropout1(body.dense1) -> body.dropout1 [64] 111",
            "body.dense2 Relu HeNormal(body.dropout1) -> body [64] 111",
            "limited.dense1 Relu HeNormal(body) -> limited.dense1 [20] 1",
            "limited.dense2 Linear GlorotUniform(limited.dense1) -> limited.dense2 [1] 1",
            "health.dense1 Relu HeNormal(body) -> health.dense1 [20] 10",
            "health.dense2 Linear GlorotUniform(health.dense1) -> health.dense2 [4] 10",
            "visits.dense1 Relu HeNormal(body) -> visits.dense1 [20] 100",
            "visits.dense2 Exponential GlorotUniform(visits.dense1) -> visits [1] 100",
        ]
    );
    assert_eq!(
        blocks(&graph),
        [
            "body: normalize1 RECORDxRECORD 111, dense1 RECORDx64 111, dense2 64x64 111 = \
             record -> Normalize -> Dense(64, relu) -> Dropout(0.1) -> Dense(64, relu)",
            "limited: dense1 64x20 1, dense2 20x1 1 = body -> Dense(20, relu) -> Dense(1, sigmoid)",
            "health: dense1 64x20 10, dense2 20x4 10 = body -> Dense(20, relu) -> Dense(4, softmax)",
            "visits: dense1 64x20 100, dense2 20x1 100 = body -> Dense(20, relu) -> Dense(1, exponential)",
        ]
    );
    let endings: Vec<Ending> = graph.heads.iter().map(|head| head.ending).collect();
    assert_eq!(endings, [Ending::Sigmoid, Ending::Softmax, Ending::Identity]);
    assert!(graph.heads[0].partial && !graph.heads[1].partial);
    assert_eq!(graph.heads[1].flow, "body -> Dense(20, relu) -> Dense(4, softmax)");
    assert_eq!(graph.visibility.to_string(), "pub");
}

#[test]
fn a_layer_used_twice_is_one_block() {
    let graph = graph(
        "struct Twins {
            input left: [8];
            input right: [8];
            layer tower = Dense(16) -> relu -> Dropout(0.5);
            let a = left -> tower;
            head same = (a, right -> tower -> Dense(4)) -> Concat -> Dense(1, sigmoid) { loss: binary_crossentropy }
        }",
    );
    assert_eq!(
        nodes(&graph),
        [
            "tower.dense1 Relu HeNormal(left) -> tower.dense1 [16] 1",
            "tower.dropout1(tower.dense1) -> a [16] 1",
            "tower.dense1 Relu HeNormal(right) -> tower.dense1 [16] 1",
            "tower.dropout1(tower.dense1) -> tower.dropout1 [16] 1",
            "same.dense1 Linear GlorotUniform(tower.dropout1) -> same.dense1 [4] 1",
            "same.concat1(a, same.dense1) -> same.concat1 [20] 1",
            "same.dense2 Linear GlorotUniform(same.concat1) -> same.dense2 [1] 1",
        ]
    );
    assert_eq!(graph.nodes[0].slot, graph.nodes[2].slot);
    assert_eq!(
        blocks(&graph),
        [
            "tower: dense1 8x16 1 = Dense(16) -> relu -> Dropout(0.5)",
            "same: dense1 16x4 1, dense2 20x1 1 = (a, right -> tower -> Dense(4)) -> Concat -> Dense(1, sigmoid)"
        ]
    );
}

#[test]
fn activations_that_need_their_input_are_nodes() {
    let graph = graph(
        "struct M { input x: [8];
            let a = x -> Dense(4, gelu) -> Dense(3, crate::Snake) -> Dense(2) -> tanh;
            head y = a -> BatchNorm -> relu -> LayerNorm { loss: mse } }",
    );
    assert_eq!(
        nodes(&graph),
        [
            "a.dense1 Linear HeNormal(x) -> a.dense1 [4] 1",
            "a.gelu1(a.dense1) -> a.gelu1 [4] 1",
            "a.dense2 Linear GlorotUniform(a.gelu1) -> a.dense2 [3] 1",
            "a.snake1(a.dense2) -> a.snake1 [3] 1",
            "a.dense3 Tanh GlorotUniform(a.snake1) -> a [2] 1",
            "y.batch_norm1(a) -> y.batch_norm1 [2] 1",
            "y.relu1(y.batch_norm1) -> y.relu1 [2] 1",
            "y.layer_norm1(y.relu1) -> y [2] 1",
        ]
    );
}

#[test]
fn an_ending_that_others_use_stays_a_node() {
    let graph = graph(
        "struct M { input x: [8];
            let probability = x -> Dense(3, softmax);
            head kind = probability { loss: categorical_cross_entropy }
            head size = probability -> Dense(1) { loss: mse } }",
    );
    assert_eq!(
        nodes(&graph),
        [
            "probability.dense1 Linear GlorotUniform(x) -> probability.dense1 [3] 11",
            "probability.softmax1(probability.dense1) -> probability [3] 10",
            "size.dense1 Linear GlorotUniform(probability) -> size [1] 10",
        ]
    );
    assert_eq!(graph.values[graph.heads[0].value].label, "probability.dense1");
}

#[test]
fn a_layer_whose_ending_is_fused_once_is_not_fused_elsewhere() {
    let graph = graph(
        "#[independent] struct M { input x: [8]; input z: [8];
            layer out = Dense(1, sigmoid);
            head a = x -> out { loss: binary_cross_entropy }
            head b = z -> out { loss: mse } }",
    );
    assert_eq!(
        nodes(&graph),
        [
            "out.dense1 Linear GlorotUniform(x) -> out.dense1 [1] 1",
            "out.dense1 Linear GlorotUniform(z) -> out.dense1 [1] 10",
            "out.sigmoid1(out.dense1) -> b [1] 10",
        ]
    );
    assert_eq!(blocks(&graph), ["out: dense1 8x1 11 = Dense(1, sigmoid)"]);
}

#[test]
fn classes_shapes_and_own_types() {
    let graph = graph(
        "pub(crate) struct M<const FEATURES: usize, const OUT: usize = 3> {
            input x: [FEATURES];
            input image: [4, SIDE, { 1 + 1 }];
            /// The month.
            input month: class(12);
            input day: class(DAYS);
            let pixels = image -> Flatten -> crate::Scale<_>(0.5) -> Dense(5, init = zeros, bias = false, l2 = 0.01);
            let m = month -> Embedding(6);
            shared all = (pixels, m, day -> OneHot) -> Concat -> GaussianNoise(0.1) -> Dense(OUT, softplus);
            shared more = (all, x -> Dense(OUT)) -> Average;
            head a = more -> Reshape([1, OUT]) -> Flatten { loss: huber(0.5), weight: WEIGHT, metrics: [r2, rmse] }
            head b = more -> Dense(7, softmax) {
                loss: categorical_focal(gamma = 1.5), metrics: [top_k(3), confusion], class_weights: [1, 1, 1, 1, 1, 1, 2.5], label_smoothing: 0.1 }
            head c = more -> Dense(OUT) { loss: crate::Expectile(0.9) }
        }",
    );
    assert_eq!(
        nodes(&graph),
        [
            "pixels.flatten1(image) -> pixels.flatten1 [(1 + 1) * SIDE * 4] 111",
            "pixels.scale1(pixels.flatten1) -> pixels.scale1 [crate::Scale<{ (MSizes::SIZE2) * (MSizes::SIDE) * (4usize) }>::OUTPUT] 111",
            "pixels.dense1 Linear Zeros(pixels.scale1) -> pixels [5] 111",
            "m.embedding1(month) -> m [6] 111",
            "all.one_hot1(day) -> all.one_hot1 [DAYS] 111",
            "all.concat1(pixels, m, all.one_hot1) -> all.concat1 [DAYS + 11] 111",
            "all.gaussian_noise1(all.concat1) -> all.gaussian_noise1 [DAYS + 11] 111",
            "all.dense1 Softplus GlorotUniform(all.gaussian_noise1) -> all [OUT] 111",
            "more.dense1 Linear GlorotUniform(x) -> more.dense1 [OUT] 111",
            "more.average1(all, more.dense1) -> more [OUT] 111",
            "a.reshape1(more) -> a.reshape1 [1, OUT] 1",
            "a.flatten1(a.reshape1) -> a [OUT] 1",
            "b.dense1 Linear GlorotUniform(more) -> b.dense1 [7] 10",
            "c.dense1 Linear GlorotUniform(more) -> c [OUT] 100",
        ]
    );
    let more = graph.nodes[9].outputs[0];
    assert_eq!(graph.values[graph.heads[0].value].storage, more);
    assert!(matches!(graph.inputs[2].kind, InputKind::Class(_)));
    assert!(!graph.inputs[2].attributes.is_empty());
    assert!(matches!(&graph.heads[2].loss.kind, LossKind::Custom(custom) if custom.path.0.to_string() == "crate :: Expectile"));
    assert!(matches!(&graph.heads[1].loss.kind, LossKind::Named { name: "CategoricalFocal", class_target: true, arguments } if arguments.len() == 1));
    assert_eq!(graph.heads[1].metrics[0].field, "top_3");
    assert_eq!(graph.heads[1].loss.class_weights.len(), 7);
    // SIDE, DAYS and { 1 + 1 } must be 1 at least.
    assert_eq!(graph.assertions.len(), 3);
}

/// What const evaluation must check, and how it is told: `left relation right: message`, without the assertions of single constants.
fn assertions(source: &str) -> Vec<String> {
    graph(source)
        .assertions
        .iter()
        .filter(|assertion| assertion.right != size::product(&[]))
        .map(|assertion| {
            let relation = if assertion.relation == Relation::Equal { "==" } else { ">=" };
            let token = assertion.span.source_text().unwrap_or_default();
            let fault = assertion.message.lines().next().unwrap_or_default();
            format!("{token}: {} {relation} {}: {fault}", size::text(&assertion.left), size::text(&assertion.right))
        })
        .collect()
}

#[test]
fn sizes_known_only_to_const_evaluation_are_asserted() {
    assert_eq!(
        assertions("struct M { input x: [4]; head y = (x -> Dense(LEFT), x -> Dense(RIGHT)) -> Add -> Dense(1) { loss: mse } }"),
        [
            "Add: LEFT == RIGHT: head `y`: `Add` joins values of one shape, but the output of `Dense(LEFT)` is [LEFT] and the output of `Dense(RIGHT)` is [RIGHT]"
        ]
    );
    assert_eq!(
        assertions("struct M { input x: [8]; head y = x -> Reshape([SIDE, SIDE]) -> Flatten { loss: mse } }"),
        ["Reshape: 8 == SIDE * SIDE: `Reshape` keeps the number of values: `x` of [8] has 8, and [SIDE, SIDE] has SIDE * SIDE"]
    );
    assert_eq!(
        assertions(
            "struct M { input x: [8]; head y = x -> Dense(KINDS, softmax) {
                loss: categorical_cross_entropy, class_weights: [1, 2], metrics: [top_k(3)] } }"
        ),
        [
            "softmax: KINDS >= 2: softmax over one unit is always 1: it would never train",
            "top_k: KINDS >= 3: head `y`: there are KINDS classes, and `top_k` looks at 3",
            "[1, 2]: 2 == KINDS: head `y` has 2 class weights, and wants one for each of the KINDS classes",
        ]
    );
    assert_eq!(
        assertions("struct M { input a: [LEFT]; input b: [RIGHT]; layer tower = Dense(8); head y = (a -> tower, b -> tower) -> Add { loss: mse } }"),
        ["tower: LEFT == RIGHT: the layer `tower` has the same parameters at every use: it takes [LEFT] in `y`, and [RIGHT] here"]
    );
}

#[test]
fn sizes_that_must_agree_are_written_in_one_way() {
    let graph = graph("struct M { input x: [4]; head y = (x -> Dense(LEFT), x -> Dense(RIGHT)) -> Add -> Dense(1) { loss: mse } }");
    assert_eq!(
        nodes(&graph),
        [
            "y.dense1 Linear GlorotUniform(x) -> y.dense1 [RIGHT] 1",
            "y.dense2 Linear GlorotUniform(x) -> y.dense2 [RIGHT] 1",
            "y.add1(y.dense1, y.dense2) -> y.add1 [RIGHT] 1",
            "y.dense3 Linear GlorotUniform(y.add1) -> y [1] 1",
        ]
    );
}

#[test]
fn a_cross_stitch_unit_is_a_row_of_coefficients_for_each_output() {
    let graph = graph(
        "struct M { input x: [8];
            let (c, d) = (x -> Dense(4), x -> Dense(4)) -> CrossStitch;
            head one = c { loss: mse }
            head two = d -> Dense(1) { loss: mse } }",
    );
    assert_eq!(
        nodes(&graph),
        [
            "c_d.dense1 Linear GlorotUniform(x) -> c_d.dense1 [4] 11",
            "c_d.dense2 Linear GlorotUniform(x) -> c_d.dense2 [4] 11",
            "c_d.cross_stitch1_c(c_d.dense1, c_d.dense2) -> c [4] 1",
            "c_d.cross_stitch1_d(c_d.dense1, c_d.dense2) -> d [4] 10",
            "two.dense1 Linear GlorotUniform(d) -> two [1] 10",
        ]
    );
    assert_eq!(
        blocks(&graph),
        [
            "c_d: dense1 8x4 11, dense2 8x4 11, cross_stitch1_c 4x4 1, cross_stitch1_d 4x4 10 = (x -> Dense(4), x -> Dense(4)) -> CrossStitch",
            "two: dense1 4x1 10 = d -> Dense(1)",
        ]
    );
}

#[test]
fn a_gate_serves_the_heads_of_its_task_and_experts_serve_all() {
    let graph = graph(
        "struct M { input x: [8];
            let (a, b) = x -> MixtureOfExperts(2, expert = Dense(5, relu));
            head one = a -> Dense(1) { loss: mse }
            head two = b -> Dense(1) { loss: mse } }",
    );
    assert_eq!(
        nodes(&graph),
        [
            "a_b.moe1_expert1 Relu HeNormal(x) -> a_b.moe1_expert1 [5] 11",
            "a_b.moe1_expert2 Relu HeNormal(x) -> a_b.moe1_expert2 [5] 11",
            "a_b.moe1_a_gate Linear GlorotUniform(x) -> a_b.moe1_a_gate [2] 1",
            "a_b.moe1_a_softmax(a_b.moe1_a_gate) -> a_b.moe1_a_softmax [2] 1",
            "a_b.moe1_a(a_b.moe1_a_softmax, a_b.moe1_expert1, a_b.moe1_expert2) -> a [5] 1",
            "a_b.moe1_b_gate Linear GlorotUniform(x) -> a_b.moe1_b_gate [2] 10",
            "a_b.moe1_b_softmax(a_b.moe1_b_gate) -> a_b.moe1_b_softmax [2] 10",
            "a_b.moe1_b(a_b.moe1_b_softmax, a_b.moe1_expert1, a_b.moe1_expert2) -> b [5] 10",
            "one.dense1 Linear GlorotUniform(a) -> one [1] 1",
            "two.dense1 Linear GlorotUniform(b) -> two [1] 10",
        ]
    );
}

#[test]
fn progressive_extraction_is_a_chain_of_levels() {
    let graph = graph(
        "struct M { input x: [8];
            let (a, b) = x -> Cgc(1, 1, expert = Dense(5)) -> Cgc(1, 2, expert = Dense(3));
            head one = a -> Dense(1) { loss: mse }
            head two = b -> Dense(1) { loss: mse } }",
    );
    assert_eq!(
        blocks(&graph)[0],
        "a_b: cgc1_expert1 8x5 11, cgc1_a_expert1 8x5 11, cgc1_b_expert1 8x5 11, cgc1_a_gate 8x2 1, cgc1_b_gate 8x2 10, cgc1_gate 8x3 11, \
         cgc2_expert1 5x3 11, cgc2_a_expert1 5x3 1, cgc2_a_expert2 5x3 1, cgc2_b_expert1 5x3 10, cgc2_b_expert2 5x3 10, \
         cgc2_a_gate 5x3 1, cgc2_b_gate 5x3 10 = x -> Cgc(1, 1, expert = Dense(5)) -> Cgc(1, 2, expert = Dense(3))"
    );
    let shared = graph.nodes.iter().find(|node| node.path == "a_b.cgc1").expect("the shared flow");
    let inputs: Vec<&str> = shared.inputs.iter().map(|&input| graph.values[input].label.as_str()).collect();
    assert_eq!(inputs, ["a_b.cgc1_softmax", "a_b.cgc1_a_expert1", "a_b.cgc1_b_expert1", "a_b.cgc1_expert1"]);
}

#[test]
fn ties_and_budgets_name_blocks_and_costs() {
    let graph = graph(
        "struct M { input x: [8];
            budget { parameters: 1_000, weights: 4 KiB, stack: LIMIT kB }
            tie (a, b) { l2: 0.5 };
            let a = x -> Dense(4, relu);
            let b = x -> Normalize -> Dense(WIDTH);
            head one = (a, b) -> Concat -> Dense(1) { loss: mse } }",
    );
    assert_eq!((graph.ties[0].left, graph.ties[0].right), (0, 1));
    let limits: Vec<String> = graph
        .budget
        .iter()
        .map(|bound| match &bound.limit {
            Limit::Literal(limit) => format!("{} {limit}", bound.cost),
            Limit::Constant(tokens, factor) => format!("{} {} * {factor}", bound.cost, tokens.0),
        })
        .collect();
    assert_eq!(limits, ["Parameters 1000", "Weights 4096", "Stack LIMIT * 1000"]);
    // WIDTH is 1 at least, and 4.
    assert_eq!(graph.assertions.len(), 2);
}

#[test]
fn tie_and_budget_are_names_elsewhere() {
    let graph = graph(
        "struct M { input budget: [8];
            let tie = budget -> Dense(4);
            head y = tie { loss: mse }
            head z = budget { loss: mse }
            head w = (tie, budget -> Dense(4)) -> Add { loss: mse } }",
    );
    assert!(graph.ties.is_empty() && graph.budget.is_empty());
}
