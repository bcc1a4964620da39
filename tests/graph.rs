//! `Model::GRAPH` says what the declaration does, for every word of the language.
//!
//! A test of `mtl-macros` sees to it that every word has a case here.

use mtl::Model;
use mtl::model::graph::{Function, Graph, Operation, Source, Window};

/// The steps of a graph, as a declaration writes them, each with the names of what it takes.
fn written(graph: &Graph) -> Vec<String> {
    let taken = |inputs: &[usize]| inputs.iter().map(|&value| graph.name(value)).collect::<Vec<_>>().join(", ");
    graph.steps.iter().map(|step| format!("{} <- {}", step, taken(step.inputs))).collect()
}

/// What holds for every graph.
fn holds_together<M: Model>() {
    let graph = M::GRAPH;
    assert_eq!((graph.name, graph.inputs, graph.heads.len()), (M::NAME, M::INPUTS, M::HEADS.len()));
    let mut tensors = vec![0; M::PARAMETERS.len()];
    for (number, step) in graph.steps.iter().enumerate() {
        let line = &M::LAYERS[graph.inputs.len() + number];
        assert_eq!((step.path, step.output, step.heads, step.constants), (line.name, line.output, line.heads, line.constants));
        assert!(step.inputs.iter().all(|&value| value < graph.inputs.len() + number), "{} takes what is not there yet", step.path);
        assert_eq!(step.inputs.iter().map(|&value| graph.name(value)).collect::<Vec<_>>(), line.from);
        for tensor in step.parameters {
            assert_eq!(tensor.block, step.block);
            assert!(tensor.path.starts_with(step.path.trim_end_matches("_depthwise")), "{} is not of {}", tensor.path, step.path);
            let place = M::PARAMETERS.iter().position(|known| known == tensor).unwrap();
            tensors[place] += usize::from(step.reuses.is_none());
        }
        if let Some(earlier) = step.reuses {
            assert!(earlier < number);
            let first = &graph.steps[earlier];
            assert_eq!((first.path, first.parameters, first.reuses), (step.path, step.parameters, None));
        }
    }
    assert!(tensors.iter().all(|&uses| uses == 1), "every tensor belongs to one step: {tensors:?}");
    for (head, info) in graph.heads.iter().zip(M::HEADS) {
        assert_eq!(head.info, *info);
        assert_eq!(graph.name(head.value), info.from);
        assert!(head.value < graph.values());
    }
    assert!(graph.source(graph.values()).is_none());
}

macro_rules! graphs {
    ($($name:ident { $($model:tt)* } => [$($step:literal),* $(,)?];)*) => {
        $(mod $name {
            mtl::multitask! { pub struct Net { $($model)* } }
        })*

        #[test]
        fn every_word_is_in_the_graph_as_it_is_declared() {
            $(
                assert_eq!(written(&$name::Net::<f32>::GRAPH), [$($step),*], "{}", stringify!($name));
                holds_together::<$name::Net>();
            )*
        }
    };
}

graphs! {
    dense {
        input record: [4];
        shared body = record -> Dense(3, relu, bias = false) -> Dense(3, gelu, l2 = 0.1);
        head one = body -> Dense(1) { loss: mse }
        head two = body -> Dense(2, softmax) { loss: categorical_cross_entropy }
    } => [
        "Dense(3, relu, bias = false) <- record", "Dense(3, l2 = 0.1) <- body.dense1", "gelu <- body.dense2", "Dense(1) <- body", "Dense(2) <- body",
    ];
    normalised {
        input x: { a, b?, c };
        input z: { d?, e };
        input w: [3];
        let x2 = x -> Normalize(indicator = true) -> BatchNorm(momentum = 0.5) -> LayerNorm -> RmsNorm(epsilon = 0.5) -> Scale;
        let z2 = z -> Impute -> Dropout(0.25) -> GaussianNoise(0.5) -> Robust;
        let w2 = w -> Robust -> LayerNorm(epsilon = 0.01) -> RmsNorm -> BatchNorm -> PRelu;
        head y = (x2, z2, w2) -> Concat -> Dense(1) { loss: mse, targets: standardized }
    } => [
        "Normalize(indicator = true) <- x", "BatchNorm(momentum = 0.5) <- x2.normalize1", "LayerNorm <- x2.batch_norm1",
        "RmsNorm(epsilon = 0.5) <- x2.layer_norm1", "Scale <- x2.rms_norm1", "Impute <- z", "Dropout(0.25) <- z2.impute1",
        "GaussianNoise(0.5) <- z2.dropout1", "Robust <- z2.gaussian_noise1", "Robust <- w", "LayerNorm(epsilon = 0.01) <- w2.robust1",
        "RmsNorm <- w2.layer_norm1", "BatchNorm <- w2.rms_norm1", "PRelu <- w2.batch_norm1", "Concat <- x2, z2, w2", "Dense(1) <- y.concat1",
        "Standardize <- y",
    ];
    numbers {
        input x: [3];
        let a = x -> Periodic(2) -> Dense(2);
        let b = x -> Piecewise(4) -> Dense(2);
        let c = x -> Ensemble(2) -> Conv1D(2, kernel = 1) -> Ensemble(2) -> GlobalAveragePool;
        let d = x -> Periodic(1, sigma = 0.5) -> Dense(2);
        let e = (a, b) -> Add;
        let f = (b, c) -> Multiply;
        let g = (c, d, e) -> Average;
        let h = (f, g) -> Maximum;
        head y = h -> Dense(1) { loss: mse }
    } => [
        "Periodic(2) <- x", "Dense(2) <- a.periodic1", "Piecewise(4) <- x", "Dense(2) <- b.piecewise1", "Ensemble(2) <- x",
        "Conv1D(2, kernel = 1) <- c.ensemble1", "Ensemble(2) <- c.conv1d1", "GlobalAveragePool <- c.ensemble2", "Periodic(1, sigma = 0.5) <- x",
        "Dense(2) <- d.periodic1", "Add <- a, b", "Multiply <- b, c", "Average <- c, d, e", "Maximum <- f, g", "Dense(1) <- h",
    ];
    classes {
        input a: class(5);
        input b: one_of { North, South, unknown };
        input c: class(4, unknown);
        head y = (a -> Embedding(3), b -> OneHot, c -> Embedding(2)) -> Concat -> Dense(2, softmax) {
            loss: categorical_cross_entropy, classes: { Low, High },
        }
    } => [
        "Embedding(3) <- a", "OneHot <- b", "Embedding(2) <- c", "Concat <- y.embedding1, y.one_hot1, y.embedding2", "Dense(2) <- y.concat1",
    ];
    images {
        input image: [6, 8, 2];
        let a = image -> ZeroPadding2D -> ZeroPadding2D([1, 2]) -> ZeroPadding2D([[1, 0], [0, 2]]) -> Conv2D(4, relu, stride = [2, 1]);
        let b = a -> DepthwiseConv2D([3, 1], padding = same, depth_multiplier = 2) -> SeparableConv2D(4, tanh, kernel = 2, padding = same, bias = false);
        let c = b -> MaxPool2D([1, 2], stride = 1, padding = same) -> AveragePool2D -> PRelu(shared_axes = [1, 2]) -> Flatten;
        head y = c -> Dense(1) { loss: mse }
    } => [
        "ZeroPadding2D(1) <- image", "ZeroPadding2D([1, 2]) <- a.zero_padding2d1", "ZeroPadding2D([[1, 0], [0, 2]]) <- a.zero_padding2d2",
        "Conv2D(4, relu, stride = [2, 1]) <- a.zero_padding2d3", "DepthwiseConv2D(kernel = [3, 1], padding = same, depth_multiplier = 2) <- a",
        "SeparableConv2D(kernel = 2, padding = same) <- b.depthwise_conv2d1", "SeparableConv2D(4, tanh, bias = false) <- b.separable_conv2d1_depthwise",
        "MaxPool2D([1, 2], stride = 1, padding = same) <- b", "AveragePool2D(2) <- c.max_pool2d1", "PRelu(shared_axes = [1, 2]) <- c.average_pool2d1",
        "Flatten <- c.p_relu1", "Dense(1) <- c",
    ];
    sequences {
        input days: [8, 2];
        let a = days -> Conv1D(3, kernel = 2, padding = same, stride = 2) -> MaxPool1D(2, stride = 1) -> AveragePool1D(3, padding = same);
        let b = days -> Gru(4, sequences = true, bias = false) -> Lstm(3, sequences = true) -> Gru(3) -> Reshape([1, 3]) -> Lstm(2, bias = false);
        head y = (a -> Flatten, b) -> Concat -> Dense(1) { loss: mse }
    } => [
        "Conv1D(3, kernel = 2, stride = 2, padding = same) <- days", "MaxPool1D(2, stride = 1) <- a.conv1d1", "AveragePool1D(3, padding = same) <- a.max_pool1d1",
        "Gru(4, sequences = true, bias = false) <- days", "Lstm(3, sequences = true) <- b.gru1", "Gru(3) <- b.lstm1", "Reshape([1, 3]) <- b.gru2",
        "Lstm(2, bias = false) <- b.reshape1", "Flatten <- a", "Concat <- y.flatten1, b", "Dense(1) <- y.concat1",
    ];
    shared {
        input left: [3];
        input right: [3];
        layer encode = Dense(4, tanh) -> Dropout(0.5);
        let a = left -> encode;
        let b = right -> encode;
        let (c, d) = (a, b) -> CrossStitch(0.75, channels = true);
        let (e, f) = c -> MixtureOfExperts(2, expert = Dense(2, elu));
        let (g, h) = d -> Cgc(1, 1, expert = Dense(2));
        head one = (e, g) -> Concat -> Dense(1) { loss: mse }
        head two = (f, h) -> Concat -> Dense(1) { loss: mse }
    } => [
        "Dense(4, tanh) <- left", "Dropout(0.5) <- encode.dense1", "Dense(4, tanh) <- right", "Dropout(0.5) <- encode.dense1",
        "CrossStitch(0.75, channels = true) <- a, b", "CrossStitch(0.75, channels = true) <- a, b",
        "Dense(2, elu) <- c",
        "Dense(2, elu) <- c",
        "Dense(2, bias = false) <- c",
        "softmax <- e_f.moe1_e_gate",
        "Mixture(2) <- e_f.moe1_e_softmax, e_f.moe1_expert1, e_f.moe1_expert2",
        "Dense(2, bias = false) <- c",
        "softmax <- e_f.moe1_f_gate",
        "Mixture(2) <- e_f.moe1_f_softmax, e_f.moe1_expert1, e_f.moe1_expert2",
        "Dense(2) <- d",
        "Dense(2) <- d",
        "Dense(2) <- d",
        "Dense(2, bias = false) <- d",
        "softmax <- g_h.cgc1_g_gate",
        "Mixture(2) <- g_h.cgc1_g_softmax, g_h.cgc1_g_expert1, g_h.cgc1_expert1",
        "Dense(2, bias = false) <- d",
        "softmax <- g_h.cgc1_h_gate",
        "Mixture(2) <- g_h.cgc1_h_softmax, g_h.cgc1_h_expert1, g_h.cgc1_expert1",
        "Concat <- e, g",
        "Dense(1) <- one.concat1",
        "Concat <- f, h",
        "Dense(1) <- two.concat1",
    ];
    activations {
        input x: [4];
        let a = x -> relu -> relu6 -> leaky_relu -> elu -> selu -> gelu -> silu -> mish;
        let b = x -> sigmoid -> hard_sigmoid -> tanh -> softplus -> softsign -> exponential -> hard_silu -> linear;
        let c = x -> softmax -> crate::Half -> crate::Shifted<_>(0.5);
        head y = (a, b, c) -> Add { loss: mse }
    } => [
        "relu <- x", "relu6 <- a.relu1", "leaky_relu <- a.relu61", "elu <- a.leaky_relu1", "selu <- a.elu1", "gelu <- a.selu1", "silu <- a.gelu1",
        "mish <- a.silu1", "sigmoid <- x", "hard_sigmoid <- b.sigmoid1", "tanh <- b.hard_sigmoid1", "softplus <- b.tanh1", "softsign <- b.softplus1",
        "exponential <- b.softsign1", "hard_silu <- b.exponential1", "linear <- b.hard_silu1", "softmax <- x", "crate::Half <- c.softmax1", "crate::Shifted<{ 4usize }>(0.5) <- c.half1", "Add <- a, b, c",
    ];
}

/// An activation of one's own.
#[derive(Clone, Copy, Default)]
pub struct Half;

impl mtl::activation::Activation for Half {
    fn value<T: mtl::Scalar>(x: T) -> T {
        T::from_f64(0.5) * x
    }
    fn derivative<T: mtl::Scalar>(_: T, _: T) -> T {
        T::from_f64(0.5)
    }
}

/// A layer of one's own.
#[derive(Clone, Copy)]
pub struct Shifted<const N: usize>(f64);

impl<const N: usize> Shifted<N> {
    pub const fn new(by: f64) -> Self {
        Self(by)
    }
}

impl<const N: usize> mtl::layer::Shape for Shifted<N> {
    const INPUT: usize = N;
    const OUTPUT: usize = N;
}

impl<const N: usize, T: mtl::Scalar> mtl::layer::Layer<N, N, T> for Shifted<N> {
    type Parameters = ();
    type Cache = ();

    fn initialize<R: mtl::rand::Rng + ?Sized>(&self, (): &mut (), _: &mut R) {}

    fn forward<S: mtl::InstructionSet>(&self, _: mtl::layer::Context, (): &(), input: &[[T; N]], output: &mut [[T; N]], _: &mut [()]) {
        input.iter().zip(output).for_each(|(x, y)| *y = x.map(|x| x + T::from_f64(self.0)));
    }

    fn backward<S: mtl::InstructionSet>(
        &self,
        _: mtl::layer::Context,
        (): &(),
        _: &[[T; N]],
        _: &[[T; N]],
        _: &[()],
        given: &mut [[T; N]],
        sink: Option<mtl::kernel::GradientSink<'_, T, N>>,
        (): &mut (),
    ) {
        if let Some(mut sink) = sink {
            sink.write(|column, row| given[column][row]);
        }
    }
}

#[test]
fn what_tools_ask_of_a_graph() {
    let graph = images::Net::<f32>::GRAPH;
    let convolution = &graph.steps[3];
    let Operation::Conv2D(of) = convolution.operation else { panic!("{convolution:?}") };
    assert_eq!((of.window, of.bias, of.separable), (Window { size: [3, 3], stride: [2, 1], padded: false }, true, false));
    assert_eq!(of.activation.word(), "relu");
    assert_eq!(convolution.parameter("kernel").unwrap().shape, [3, 3, 2, 4]);
    assert_eq!(convolution.parameter("kern"), None);
    assert_eq!((convolution.block, convolution.name, convolution.path, convolution.units()), ("a", "a", "a.conv2d1", 4));
    // As Keras's `same`: the odd one at the end.
    let window = Window { size: [2, 4], stride: [1, 3], padded: true };
    assert_eq!(window.margins([6, 8]), [[0, 1], [1, 1]]);
    assert_eq!(Window { padded: false, ..window }.margins([6, 8]), [[0, 0], [0, 0]]);
    assert!(matches!(graph.source(0), Some(Source::Input(input)) if input.name == "image"));
    assert!(matches!(graph.source(1), Some(Source::Step(step)) if step.path == "a.zero_padding2d1"));
    assert_eq!((graph.shape(0), graph.shape(1), graph.shape(100)), (&[6, 8, 2][..], &[8, 10, 2][..], &[][..]));

    let graph = activations::Net::<f32>::GRAPH;
    assert!(graph.steps.iter().any(|step| matches!(step.operation, Operation::Activation(Function::Own("crate::Half")))));
    assert!(graph.steps.iter().any(|step| matches!(step.operation, Operation::Own { arguments: "0.5", .. })));

    let graph = shared::Net::<f64>::GRAPH;
    assert_eq!(graph.steps[2].reuses, Some(0));
    assert_eq!(graph.steps[2].parameters[0].path, "encode.dense1.kernel");

    let graph = classes::Net::<f32>::GRAPH;
    assert_eq!(graph.inputs[1].columns.named()[0].categories.len(), 3);
    assert_eq!(graph.heads[0].info.columns.named()[0].categories, ["Low", "High"]);
    assert_eq!(graph.heads[0].info.ending, "softmax");
    let dense = &dense::Net::<f32>::GRAPH.steps[1];
    assert_eq!(dense.constants.iter().find(|constant| constant.name == "l2").unwrap().value, mtl::model::ConstantValue::Number(0.1));
}
