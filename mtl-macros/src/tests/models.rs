//! Valid models that tests edit.

/// The names of most of them.
pub(crate) const NAMES: &[&str] = &["Patient", "Twins", "Picture", "Sharing", "Series", "Seeing", "Eight", "Half", "Survey"];

/// Between them they use every statement and every step.
pub(crate) const MODELS: &[&str] = &[
    "/// Physical limitation, self-rated health and doctor visits.
    #[derive(Hash)]
    pub struct Patient {
        input record: [RECORD];
        shared body = record -> Normalize -> Dense(64, relu) -> Dropout(0.1) -> Dense(64, relu);
        head limited = body -> Dense(20, relu) -> Dense(1, sigmoid) { loss: binary_cross_entropy, labels: partial, metrics: [accuracy, auc] }
        head health = body -> Dense(20, relu) -> Dense(4, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
        head visits = body -> Dense(20, relu) -> Dense(1, exponential) { loss: poisson, weight: 0.5, metrics: [mae] }
    }",
    "#[independent]
    pub(crate) struct Twins<const FEATURES: usize, const CLASSES: usize = 3> {
        input left: [FEATURES];
        input right: [FEATURES];
        layer tower = Dense(16, gelu) -> BatchNorm(momentum = 0.9) -> Dropout(RATE) -> Dense(16) -> tanh;
        let a = left -> tower;
        let b = right -> tower;
        head same = (a, b) -> Multiply -> Dense(1, sigmoid) { loss: binary_focal(gamma = 1.5), class_weights: [1, 2.5], }
        head kind = (a, b -> Dense(16)) -> Average -> Dense(CLASSES, softmax) { loss: kl_divergence, weight: crate::WEIGHT }
    }",
    "struct Picture {
        /// The picture.
        input image: [4, SIDE, { 1 + 1 }];
        input month: class(12);
        input _unused: [3];
        let pixels = image -> Flatten -> crate::Scale<_>(0.5, \"x\") -> Dense(5, crate::Snake, init = he_uniform, bias = false, l1 = 0.1, l2 = 0.01);
        let when = (month -> Embedding(6), month -> OneHot) -> Concat -> LayerNorm -> GaussianNoise(0.1) -> crate::own::Snake;
        shared all = (pixels, when) -> Concat -> Dense(12, softplus);
        head a = (all, all -> relu) -> Maximum -> Reshape([3, 4]) -> Flatten { loss: huber(0.5), metrics: [r2, rmse] }
        head b = all -> Dense(7, softmax) { loss: categorical_focal, metrics: [top_k(3), confusion], label_smoothing: 0.1 }
        head c = (all, all) -> Add -> Dense(2) { loss: crate::Expectile(0.9) }
        head d = all -> Dense(2, tanh) { loss: squared_hinge }
    }",
    "struct Sharing {
        input x: [6];
        shared body = x -> Dense(8, relu);
        let (a, b) = body -> MixtureOfExperts(3, expert = Dense(5, gelu, bias = false));
        let (c, d) = (a, b) -> CrossStitch(init = 0.8, channels = true);
        let (e, f) = x -> Cgc(2, 1, expert = Dense(4)) -> Cgc(shared = 1, specific = 2, expert = Dense(4, tanh));
        tie (left, right) { l2: 0.01 }
        let left = c -> Dense(3, relu) -> BatchNorm;
        let right = d -> Dense(3) -> BatchNorm;
        head one = (left, e) -> Concat -> MixtureOfExperts(2, Dense(2)) { loss: mse }
        head two = (right, f) -> Concat -> Dense(2, softmax) { loss: categorical_cross_entropy }
        budget { parameters: 10_000, weights: 32 KiB, workspace: LIMIT, multiply_adds: { 5 * 1000 } }
    }",
    "struct Series {
        input days: [DAYS, 3];
        input image: [4, 2, 3];
        layer reader = Gru(6, sequences = true, bias = false) -> Dropout(0.1) -> Lstm(5);
        let past = days -> reader;
        let rows = image -> Reshape([4, 6]) -> GRU({ 2 + 3 }, init = he_normal, l1 = 0.1, l2 = 0.01);
        shared all = (past, rows, days -> LSTM(4, return_sequences = false) -> Dense(5, tanh)) -> Add;
        head a = all -> Dense(2) { loss: mse }
        head b = all -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }",
    "struct Seeing {
        input image: [12, WIDTH, 1];
        input sound: [40, 2];
        layer look = Conv2D(4, relu, kernel = [3, 2], padding = same, bias = false) -> BatchNorm -> MaxPool2D -> Conv2D(4, stride = 2) -> tanh;
        shared seen = image -> look -> AveragePool2D(2, stride = 1, padding = same) -> GlobalAveragePool;
        let heard = sound -> Normalize -> Conv1D(6, gelu, kernel = KERNEL, l2 = 0.01) -> MaxPool1D(3) -> AveragePool1D -> LayerNorm -> Flatten;
        head one = (seen, heard) -> Concat -> Dense(2) { loss: mse }
        head two = seen -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }",
    "#[int8]
    struct Survey {
        /// Who answers.
        input person: {
            /// In years.
            #[column = \"age_decades\"]
            age,
            school,
            income?,
        };
        input region: one_of { Midwest, Northeast = \"noreast\", unknown };
        #[column = \"gender\"]
        input sex: one_of(crate::own::Sex);
        #[column = \"p{}\"]
        input scans: [3];
        let known = (person -> Normalize(indicator = true), person -> Impute, person -> Robust, region -> Embedding(3), sex -> OneHot, scans) -> Concat;
        let seen = scans -> Robust -> Scale;
        let made = (seen -> Periodic(2), scans -> Piecewise(3), seen -> Ensemble(2) -> Flatten) -> Concat;
        #[column = \"ofp\"]
        head visits = known -> Dense(1) { loss: mse }
        head stays = (known, made) -> Concat -> Dense(2) { loss: mae }
        part Visits = [visits];
    }",
];
