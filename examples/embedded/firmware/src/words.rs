//! Models that have every step, activation and loss of the language between them; `mtl-macros` tests that none is missing.

mtl::multitask! {
    /// Rows of a table: numbers, classes, merges.
    #[int8]
    pub struct Table {
        input row: [12];
        input other: [12];
        input colour: class(5);
        input size: class(3);
        let known = (row -> Normalize -> Scale -> GaussianNoise(0.1) -> Dropout(0.1), colour -> Embedding(6), size -> OneHot) -> Concat;
        shared body = known -> Dense(40, relu) -> BatchNorm -> LayerNorm -> RmsNorm;
        let left = body -> Dense(10, tanh);
        let right = other -> Dense(10, sigmoid);
        let sum = (left, right) -> Add;
        let product = (left, right) -> Multiply;
        let mean = (left, right, sum) -> Average;
        let most = (product, mean) -> Maximum;
        head price = most -> Dense(1) { loss: mse }
        head kind = (sum, most) -> Concat -> Dense(7, softmax) { loss: categorical_cross_entropy }
        head shares = most -> Dense(3, softmax) { loss: kl_divergence }
        part Kind = [kind];
    }
}

mtl::multitask! {
    /// Every activation, behind a layer and at the end of a head.
    #[int8]
    pub struct Functions {
        input x: [6];
        let rectified = x -> Dense(8, relu) -> Dense(8, relu6) -> Dense(8, leaky_relu) -> Dense(8, elu) -> Dense(8, selu);
        let smooth = x -> Dense(8, gelu) -> Dense(8, silu) -> Dense(8, mish) -> Dense(8, hard_silu) -> Dense(8, softplus);
        let bounded = x -> Dense(8, sigmoid) -> Dense(8, hard_sigmoid) -> Dense(8, tanh) -> Dense(8, softsign) -> Dense(8, softmax);
        shared all = (rectified, smooth, bounded) -> Concat -> Dense(8, exponential) -> Dense(8, linear);
        head a = all -> Dense(2, gelu) { loss: mae }
        head b = all -> Dense(2, silu) { loss: huber }
        head c = all -> Dense(2, mish) { loss: log_cosh }
        head d = all -> Dense(2, tanh) { loss: quantile(0.9) }
        head e = all -> Dense(2, softplus) { loss: msle }
        head f = all -> Dense(2, exponential) { loss: poisson }
        head g = all -> Dense(2, sigmoid) { loss: binary_focal }
        head h = all -> Dense(4, softmax) { loss: categorical_focal }
        head i = all -> Dense(2, elu) { loss: mse }
        head j = all -> Dense(2, hard_sigmoid) { loss: mse }
        head k = all -> Dense(2, tanh) { loss: hinge }
        head l = all -> Dense(2) { loss: squared_hinge }
        head m = all -> Dense(2, sigmoid) { loss: binary_cross_entropy }
        head n = all -> Dense(2, softsign) { loss: mse }
        head o = all -> Dense(2, hard_silu) { loss: mse }
        head p = all -> Dense(2, selu) { loss: mse }
        head q = all -> Dense(2, leaky_relu) { loss: mse }
        head r = all -> Dense(2, relu) { loss: mse }
        head s = all -> Dense(2, relu6) { loss: mse }
    }
}

mtl::multitask! {
    /// Images.
    #[int8]
    pub struct Picture {
        input image: [12, 10, 3];
        let seen = image -> Normalize -> Conv2D(8, relu, padding = same) -> DepthwiseConv2D(3, relu6, padding = same) -> MaxPool2D(2) -> ZeroPadding2D([[0, 1], [0, 1]]) -> SeparableConv2D(8, relu, padding = same) -> Conv2D(9, gelu, kernel = [3, 2], stride = 2) -> LayerNorm;
        let overall = seen -> BatchNorm -> PRelu(shared_axes = [1, 2]) -> GlobalAveragePool;
        let parts = seen -> AveragePool2D(2, padding = same) -> Flatten -> Dense(12, relu);
        let again = parts -> Reshape([2, 2, 3]) -> Conv2D(4, tanh, kernel = 1) -> MaxPool2D([2, 1], padding = same) -> Flatten;
        head kind = (overall, again) -> Concat -> Dense(10, softmax) { loss: categorical_cross_entropy }
        head bright = overall -> Dense(1, sigmoid) { loss: binary_cross_entropy }
        part Bright = [bright];
    }
}

mtl::multitask! {
    /// Sequences.
    #[int8]
    pub struct Sound {
        input frames: [40, 6];
        let heard = frames -> Conv1D(8, relu, kernel = 5, padding = same) -> MaxPool1D(2) -> AveragePool1D(2);
        let body = heard -> Lstm(12, sequences = true) -> Gru(10);
        head kind = body -> Dense(5, softmax) { loss: categorical_cross_entropy }
        head loud = heard -> Gru(6, sequences = true, bias = false) -> Lstm(7) -> Dense(1) { loss: mse }
    }
}

mtl::multitask! {
    /// Flows that share some of what they are.
    #[int8]
    pub struct Tasks {
        input x: [14];
        let (a, b) = (x -> Dense(12, relu), x -> Dense(12, relu)) -> CrossStitch;
        let (c, d) = (a, b) -> Concat -> MixtureOfExperts(3, expert = Dense(9, relu));
        let (e, f) = (c, d) -> Concat -> Cgc(2, 1, expert = Dense(8, relu));
        head left = e -> Dense(2) { loss: mse }
        head right = f -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

mtl::multitask! {
    /// A convolution and a recurrent layer over windows.
    #[int8]
    pub struct Windows {
        input window: [50, 6];
        shared body = window -> Normalize -> Conv1D(12, relu) -> Gru(24);
        head state = body -> Dense(4, softmax) { loss: categorical_cross_entropy }
        head level = body -> Dense(1) { loss: mse }
    }
}

mtl::multitask! {
    /// A table with names, categories, and cells that may be missing.
    #[int8]
    pub struct Person {
        input person: { age, income?, hours? };
        input sex: one_of { Female, Male };
        input region: one_of { North, South, unknown };
        let known = (person -> Normalize(indicator = true), person -> Impute, person -> Robust -> Periodic(2), person -> Impute -> Piecewise(3), person -> Impute -> Ensemble(2) -> Flatten, sex -> OneHot, region -> Embedding(4)) -> Concat;
        shared body = known -> Dense(24, relu);
        head wage = body -> Dense(1) { loss: mse }
        head works = body -> Dense(1, sigmoid) { loss: binary_cross_entropy }
        part Works = [works];
    }
}
