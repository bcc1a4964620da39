//! The words of the language: every layer, activation, loss, metric and argument, with defaults and other spellings.
//!
//! This is the one place that lists them; parsing, messages and lowering look them up here.

/// A number's admissible range.
#[derive(Clone, Copy)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) low_included: bool,
    pub(crate) high: f64,
    pub(crate) high_included: bool,
    /// In words, for messages: `at least 0 and below 1`.
    pub(crate) words: &'static str,
}

impl Range {
    pub(crate) fn contains(&self, value: f64) -> bool {
        let above = if self.low_included { value >= self.low } else { value > self.low };
        let below = if self.high_included { value <= self.high } else { value < self.high };
        above && below && value.is_finite()
    }

    /// Whether it contains the value in `f32` too, the scalar of a model where nothing else is said, and as more than 0.
    #[allow(clippy::cast_possible_truncation, reason = "rounding is what it is about")]
    pub(crate) fn contains_rounded(&self, value: f64) -> bool {
        let rounded = f64::from(value as f32);
        self.contains(rounded) && (rounded != 0.0 || value == 0.0)
    }
}

const fn range(low: f64, low_included: bool, high: f64, high_included: bool, words: &'static str) -> Range {
    Range { low, low_included, high, high_included, words }
}

const FRACTION_BELOW_ONE: Range = range(0.0, true, 1.0, false, "at least 0 and below 1");
const BETWEEN_ZERO_AND_ONE: Range = range(0.0, false, 1.0, false, "between 0 and 1");
const FRACTION: Range = range(0.0, true, 1.0, true, "from 0 to 1");
const POSITIVE: Range = range(0.0, false, f64::INFINITY, false, "above 0");
pub(crate) const NOT_NEGATIVE: Range = range(0.0, true, f64::INFINITY, false, "0 or more");
pub(crate) const SMOOTHING: Range = FRACTION_BELOW_ONE;

/// What an argument must be.
#[derive(Clone, Copy)]
pub(crate) enum ArgumentKind {
    /// A whole number of at least 1, or a constant.
    Dimension,
    /// A real number.
    Number(Range),
    /// `true` or `false`.
    Boolean,
    /// An activation's name, or a path to a user's own.
    Activation,
    /// One of [`INITIALIZERS`].
    Initializer,
    /// `[height, width]`.
    Shape,
    /// A whole number that stands there as such: of that many layers each is a field of the model.
    Count,
    /// `Dense(..)`.
    Expert,
    /// The size of a window or its stride: a whole number, or of an image `[rows, columns]`.
    Window,
    /// One of [`PADDINGS`].
    Padding,
}

/// An argument of a layer, a loss or a metric.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) kind: ArgumentKind,
    /// May be given by its place.
    pub(crate) positional: bool,
    /// Must be given.
    pub(crate) required: bool,
    /// For numbers: what it is if not given.
    pub(crate) default: f64,
    /// A plausible value, for messages that ask for it.
    pub(crate) example: &'static str,
}

const fn required(name: &'static str, kind: ArgumentKind, example: &'static str) -> Parameter {
    Parameter { name, aliases: &[], kind, positional: true, required: true, default: 0.0, example }
}

const fn optional(name: &'static str, kind: ArgumentKind, default: f64, example: &'static str) -> Parameter {
    Parameter { name, aliases: &[], kind, positional: false, required: false, default, example }
}

impl Parameter {
    const fn or(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    const fn positional(mut self) -> Self {
        self.positional = true;
        self
    }

    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

/// The layers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LayerKind {
    Dense,
    Dropout,
    BatchNorm,
    LayerNorm,
    Normalize,
    GaussianNoise,
    Concat,
    Add,
    Multiply,
    Average,
    Maximum,
    Embedding,
    OneHot,
    Flatten,
    Reshape,
    Conv1D,
    Conv2D,
    MaxPool1D,
    MaxPool2D,
    AveragePool1D,
    AveragePool2D,
    GlobalAveragePool,
    Gru,
    Lstm,
    CrossStitch,
    MixtureOfExperts,
    Cgc,
}

/// What a layer takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Real values of any shape.
    Reals,
    /// A vector.
    Vector,
    /// Steps of features.
    Steps,
    /// `[time, channels]`.
    Sequence,
    /// `[height, width, channels]`.
    Image,
    /// A sequence or an image.
    Pixels,
    /// A `class(N)` input.
    Class,
    /// Two values or more.
    Several,
}

pub(crate) struct Layer {
    pub(crate) kind: LayerKind,
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) takes: Takes,
    /// It owns numbers that are trained or adapted: its statement is a field of the model.
    pub(crate) has_parameters: bool,
    pub(crate) parameters: &'static [Parameter],
}

const fn layer(kind: LayerKind, name: &'static str, aliases: &'static [&'static str], takes: Takes, parameters: &'static [Parameter]) -> Layer {
    Layer { kind, name, aliases, takes, has_parameters: false, parameters }
}

impl Layer {
    const fn with_parameters(mut self) -> Self {
        self.has_parameters = true;
        self
    }
}

/// What a flow keeps of itself in a cross-stitch unit at the start (Misra 2016).
const OWN_FLOW: f64 = 0.9;

/// Those of `Gru` and `Lstm`.
const RECURRENT: &[Parameter] = &[
    required("units", ArgumentKind::Dimension, "32"),
    optional("sequences", ArgumentKind::Boolean, 0.0, "true").or(&["return_sequences"]),
    optional("bias", ArgumentKind::Boolean, 1.0, "false").or(&["use_bias"]),
    optional("init", ArgumentKind::Initializer, 0.0, "glorot_uniform").or(&["kernel_initializer", "initializer"]),
    optional("l1", ArgumentKind::Number(NOT_NEGATIVE), 0.0, "0.001"),
    optional("l2", ArgumentKind::Number(NOT_NEGATIVE), 0.0, "0.001"),
];

/// Keras's default epsilon of `BatchNormalization` and `LayerNormalization`.
const NORM_EPSILON: f64 = 1e-3;

/// The arguments of `Conv1D` and `Conv2D`.
const CONVOLUTION: &[Parameter] = &[
    required("filters", ArgumentKind::Dimension, "16"),
    optional("activation", ArgumentKind::Activation, 0.0, "relu").positional(),
    optional("kernel", ArgumentKind::Window, 3.0, "3").or(&["kernel_size"]),
    optional("stride", ArgumentKind::Window, 1.0, "2").or(&["strides"]),
    optional("padding", ArgumentKind::Padding, 0.0, "same"),
    optional("bias", ArgumentKind::Boolean, 1.0, "false").or(&["use_bias"]),
    optional("init", ArgumentKind::Initializer, 0.0, "he_normal").or(&["kernel_initializer", "initializer"]),
    optional("l1", ArgumentKind::Number(NOT_NEGATIVE), 0.0, "0.001"),
    optional("l2", ArgumentKind::Number(NOT_NEGATIVE), 0.0, "0.001"),
];

/// The arguments of the pooling steps, without those over everything.
const POOLING: &[Parameter] = &[
    optional("size", ArgumentKind::Window, 2.0, "2").or(&["pool_size"]).positional(),
    optional("stride", ArgumentKind::Window, 0.0, "2").or(&["strides"]),
    optional("padding", ArgumentKind::Padding, 0.0, "same"),
];

pub(crate) const LAYERS: &[Layer] = &[
    layer(
        LayerKind::Dense,
        "Dense",
        &[],
        Takes::Vector,
        &[
            required("units", ArgumentKind::Dimension, "64"),
            optional("activation", ArgumentKind::Activation, 0.0, "relu").positional(),
            optional("bias", ArgumentKind::Boolean, 1.0, "false").or(&["use_bias"]),
            optional("init", ArgumentKind::Initializer, 0.0, "he_normal").or(&["kernel_initializer", "initializer"]),
            optional("l1", ArgumentKind::Number(NOT_NEGATIVE), 0.0, "0.001"),
            optional("l2", ArgumentKind::Number(NOT_NEGATIVE), 0.0, "0.001"),
        ],
    )
    .with_parameters(),
    layer(LayerKind::Dropout, "Dropout", &[], Takes::Reals, &[required("rate", ArgumentKind::Number(FRACTION_BELOW_ONE), "0.1")]),
    layer(
        LayerKind::BatchNorm,
        "BatchNorm",
        &["BatchNormalization"],
        Takes::Reals,
        &[
            optional("momentum", ArgumentKind::Number(FRACTION_BELOW_ONE), 0.99, "0.99"),
            optional("epsilon", ArgumentKind::Number(POSITIVE), NORM_EPSILON, "0.001"),
        ],
    )
    .with_parameters(),
    layer(
        LayerKind::LayerNorm,
        "LayerNorm",
        &["LayerNormalization"],
        Takes::Reals,
        &[optional("epsilon", ArgumentKind::Number(POSITIVE), NORM_EPSILON, "0.001")],
    )
    .with_parameters(),
    layer(LayerKind::Normalize, "Normalize", &["Normalization"], Takes::Reals, &[]).with_parameters(),
    layer(LayerKind::GaussianNoise, "GaussianNoise", &[], Takes::Reals, &[required("stddev", ArgumentKind::Number(NOT_NEGATIVE), "0.1")]),
    layer(LayerKind::Concat, "Concat", &["Concatenate"], Takes::Several, &[]),
    layer(LayerKind::Add, "Add", &[], Takes::Several, &[]),
    layer(LayerKind::Multiply, "Multiply", &[], Takes::Several, &[]),
    layer(LayerKind::Average, "Average", &[], Takes::Several, &[]),
    layer(LayerKind::Maximum, "Maximum", &[], Takes::Several, &[]),
    layer(LayerKind::Embedding, "Embedding", &[], Takes::Class, &[required("dim", ArgumentKind::Dimension, "8").or(&["units", "output_dim"])])
        .with_parameters(),
    layer(LayerKind::OneHot, "OneHot", &["CategoryEncoding"], Takes::Class, &[]),
    layer(LayerKind::Flatten, "Flatten", &[], Takes::Reals, &[]),
    layer(LayerKind::Reshape, "Reshape", &[], Takes::Reals, &[required("shape", ArgumentKind::Shape, "[28, 28, 1]").or(&["target_shape"])]),
    layer(LayerKind::Conv1D, "Conv1D", &["Convolution1D"], Takes::Sequence, CONVOLUTION).with_parameters(),
    layer(LayerKind::Conv2D, "Conv2D", &["Convolution2D"], Takes::Image, CONVOLUTION).with_parameters(),
    layer(LayerKind::MaxPool1D, "MaxPool1D", &["MaxPooling1D"], Takes::Sequence, POOLING),
    layer(LayerKind::MaxPool2D, "MaxPool2D", &["MaxPooling2D"], Takes::Image, POOLING),
    layer(LayerKind::AveragePool1D, "AveragePool1D", &["AveragePooling1D", "AvgPool1D"], Takes::Sequence, POOLING),
    layer(LayerKind::AveragePool2D, "AveragePool2D", &["AveragePooling2D", "AvgPool2D"], Takes::Image, POOLING),
    layer(
        LayerKind::GlobalAveragePool,
        "GlobalAveragePool",
        &["GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAvgPool1D", "GlobalAvgPool2D"],
        Takes::Pixels,
        &[],
    ),
    layer(LayerKind::Gru, "Gru", &["GRU"], Takes::Steps, RECURRENT).with_parameters(),
    layer(LayerKind::Lstm, "Lstm", &["LSTM"], Takes::Steps, RECURRENT).with_parameters(),
    layer(
        LayerKind::CrossStitch,
        "CrossStitch",
        &[],
        Takes::Several,
        &[optional("init", ArgumentKind::Number(FRACTION), OWN_FLOW, "0.9").positional(), optional("channels", ArgumentKind::Boolean, 0.0, "true")],
    )
    .with_parameters(),
    layer(
        LayerKind::MixtureOfExperts,
        "MixtureOfExperts",
        &["MMoE"],
        Takes::Vector,
        &[
            required("experts", ArgumentKind::Count, "4, expert = Dense(16, relu)"),
            required("expert", ArgumentKind::Expert, "4, expert = Dense(16, relu)"),
        ],
    )
    .with_parameters(),
    layer(
        LayerKind::Cgc,
        "Cgc",
        &["CGC"],
        Takes::Vector,
        &[
            required("shared", ArgumentKind::Count, "2, 2, expert = Dense(16, relu)"),
            required("specific", ArgumentKind::Count, "2, 2, expert = Dense(16, relu)"),
            required("expert", ArgumentKind::Expert, "2, 2, expert = Dense(16, relu)"),
        ],
    )
    .with_parameters(),
];

/// What is known of the values that an activation gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gives {
    /// Anything.
    Reals,
    /// Above zero, without a bound.
    Positive,
    /// Between 0 and 1, each for itself.
    Probabilities,
    /// Between 0 and 1 with sum 1.
    Distribution,
    /// Between -1 and 1.
    Signs,
}

pub(crate) struct Activation {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    /// The type in `mtl_core::activation`.
    pub(crate) type_name: &'static str,
    /// Its derivative can be computed from its output, so `Dense` computes it in place.
    pub(crate) from_output: bool,
    /// One of the relu family, which `he_normal` was made for.
    pub(crate) rectifies: bool,
    pub(crate) gives: Gives,
}

const fn activation(name: &'static str, aliases: &'static [&'static str], type_name: &'static str, gives: Gives) -> Activation {
    Activation { name, aliases, type_name, from_output: true, rectifies: false, gives }
}

impl Activation {
    const fn rectifier(mut self) -> Self {
        self.rectifies = true;
        self
    }

    const fn needs_input(mut self) -> Self {
        self.from_output = false;
        self
    }
}

/// The type name of softmax, which is no element-wise activation but a step of its own.
pub(crate) const SOFTMAX: &str = "Softmax";
/// The type name of the activation that does nothing.
pub(crate) const LINEAR: &str = "Linear";

pub(crate) const ACTIVATIONS: &[Activation] = &[
    activation("relu", &["ReLU"], "Relu", Gives::Reals).rectifier(),
    activation("relu6", &["ReLU6"], "Relu6", Gives::Reals).rectifier(),
    activation("leaky_relu", &["LeakyReLU"], "LeakyRelu", Gives::Reals).rectifier(),
    activation("elu", &["ELU"], "Elu", Gives::Reals).rectifier(),
    activation("selu", &["SELU"], "Selu", Gives::Reals).rectifier(),
    activation("gelu", &["GELU"], "Gelu", Gives::Reals).rectifier().needs_input(),
    activation("silu", &["SiLU", "swish"], "Silu", Gives::Reals).rectifier().needs_input(),
    activation("mish", &["Mish"], "Mish", Gives::Reals).rectifier().needs_input(),
    activation("sigmoid", &[], "Sigmoid", Gives::Probabilities),
    activation("hard_sigmoid", &[], "HardSigmoid", Gives::Reals),
    activation("tanh", &[], "Tanh", Gives::Signs),
    activation("softplus", &[], "Softplus", Gives::Positive),
    activation("softsign", &[], "Softsign", Gives::Reals),
    activation("exponential", &[], "Exponential", Gives::Positive),
    activation("hard_silu", &["hard_swish"], "HardSilu", Gives::Reals).rectifier().needs_input(),
    activation("linear", &[], LINEAR, Gives::Reals),
    activation("softmax", &["Softmax"], SOFTMAX, Gives::Distribution).needs_input(),
];

/// What `padding` may be, and whether it is any.
pub(crate) const PADDINGS: &[(&str, bool)] = &[("valid", false), ("same", true)];

/// The initializers, with the variant of `mtl_core::init::Initializer`.
pub(crate) const INITIALIZERS: &[(&str, &str)] = &[
    ("glorot_uniform", "GlorotUniform"),
    ("glorot_normal", "GlorotNormal"),
    ("he_uniform", "HeUniform"),
    ("he_normal", "HeNormal"),
    ("lecun_uniform", "LecunUniform"),
    ("lecun_normal", "LecunNormal"),
    ("random_uniform", "RandomUniform"),
    ("random_normal", "RandomNormal"),
    ("zeros", "Zeros"),
    ("ones", "Ones"),
];

/// The ending that a loss is defined on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndsIn {
    AnythingButSoftmax,
    /// `exponential` or `softplus`.
    Positive,
    Sigmoid,
    Softmax,
    /// `linear` or `tanh`.
    Signs,
}

/// What a loss compares predictions with; decides which metrics go with it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    Regression,
    /// Independent labels in `[0, 1]`.
    Binary,
    /// The index of a class.
    Classes,
    /// A distribution over classes.
    Distribution,
    /// Labels of -1 and 1.
    Signs,
}

pub(crate) struct Loss {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    /// The type in `mtl_core::loss`.
    pub(crate) type_name: &'static str,
    pub(crate) ends_in: EndsIn,
    pub(crate) task: Task,
    /// Softmax or sigmoid and the loss are one step from the logits.
    pub(crate) fused: bool,
    pub(crate) class_weights: bool,
    pub(crate) label_smoothing: bool,
    pub(crate) parameters: &'static [Parameter],
}

const fn loss(
    name: &'static str,
    aliases: &'static [&'static str],
    type_name: &'static str,
    ends_in: EndsIn,
    task: Task,
    parameters: &'static [Parameter],
) -> Loss {
    Loss { name, aliases, type_name, ends_in, task, fused: false, class_weights: false, label_smoothing: false, parameters }
}

impl Loss {
    const fn fused(mut self) -> Self {
        self.fused = true;
        self
    }

    const fn class_weights(mut self) -> Self {
        self.class_weights = true;
        self
    }

    const fn label_smoothing(mut self) -> Self {
        self.label_smoothing = true;
        self
    }
}

/// Keras's default focusing parameter.
const FOCAL_GAMMA: f64 = 2.0;

pub(crate) const LOSSES: &[Loss] = &[
    loss("mse", &["mean_squared_error", "MeanSquaredError", "MSE"], "Mse", EndsIn::AnythingButSoftmax, Task::Regression, &[]),
    loss("mae", &["mean_absolute_error", "MeanAbsoluteError", "MAE"], "Mae", EndsIn::AnythingButSoftmax, Task::Regression, &[]),
    loss(
        "huber",
        &["Huber"],
        "Huber",
        EndsIn::AnythingButSoftmax,
        Task::Regression,
        &[optional("delta", ArgumentKind::Number(POSITIVE), 1.0, "1.0").positional()],
    ),
    loss("log_cosh", &["logcosh", "LogCosh"], "LogCosh", EndsIn::AnythingButSoftmax, Task::Regression, &[]),
    loss(
        "quantile",
        &["pinball"],
        "Quantile",
        EndsIn::AnythingButSoftmax,
        Task::Regression,
        &[required("q", ArgumentKind::Number(BETWEEN_ZERO_AND_ONE), "0.9").or(&["quantile"])],
    ),
    loss(
        "msle",
        &["mean_squared_logarithmic_error", "MeanSquaredLogarithmicError", "MSLE"],
        "Msle",
        EndsIn::AnythingButSoftmax,
        Task::Regression,
        &[],
    ),
    loss("poisson", &["Poisson"], "Poisson", EndsIn::Positive, Task::Regression, &[]),
    loss("binary_cross_entropy", &["binary_crossentropy", "BinaryCrossentropy"], "BinaryCrossEntropy", EndsIn::Sigmoid, Task::Binary, &[])
        .fused()
        .class_weights()
        .label_smoothing(),
    loss(
        "binary_focal",
        &["binary_focal_crossentropy", "binary_focal_cross_entropy", "BinaryFocalCrossentropy"],
        "BinaryFocal",
        EndsIn::Sigmoid,
        Task::Binary,
        &[optional("gamma", ArgumentKind::Number(NOT_NEGATIVE), FOCAL_GAMMA, "2.0").positional()],
    )
    .fused()
    .class_weights()
    .label_smoothing(),
    loss(
        "categorical_cross_entropy",
        &[
            "categorical_crossentropy",
            "sparse_categorical_crossentropy",
            "sparse_categorical_cross_entropy",
            "CategoricalCrossentropy",
            "SparseCategoricalCrossentropy",
        ],
        "CategoricalCrossEntropy",
        EndsIn::Softmax,
        Task::Classes,
        &[],
    )
    .fused()
    .class_weights()
    .label_smoothing(),
    loss(
        "categorical_focal",
        &["categorical_focal_crossentropy", "categorical_focal_cross_entropy", "CategoricalFocalCrossentropy"],
        "CategoricalFocal",
        EndsIn::Softmax,
        Task::Classes,
        &[optional("gamma", ArgumentKind::Number(NOT_NEGATIVE), FOCAL_GAMMA, "2.0").positional()],
    )
    .fused()
    .class_weights()
    .label_smoothing(),
    loss("kl_divergence", &["kullback_leibler_divergence", "KLDivergence", "kld"], "KlDivergence", EndsIn::Softmax, Task::Distribution, &[]),
    loss("hinge", &["Hinge"], "Hinge", EndsIn::Signs, Task::Signs, &[]),
    loss("squared_hinge", &["SquaredHinge"], "SquaredHinge", EndsIn::Signs, Task::Signs, &[]),
];

pub(crate) struct Metric {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    /// The type in `mtl_core::metric`.
    pub(crate) type_name: &'static str,
    pub(crate) tasks: &'static [Task],
    pub(crate) parameters: &'static [Parameter],
}

const fn metric(name: &'static str, aliases: &'static [&'static str], type_name: &'static str, tasks: &'static [Task]) -> Metric {
    Metric { name, aliases, type_name, tasks, parameters: &[] }
}

const LABELS: &[Task] = &[Task::Binary, Task::Classes];
const REALS: &[Task] = &[Task::Regression, Task::Binary, Task::Distribution, Task::Signs];
const VALUES: &[Task] = &[Task::Regression, Task::Distribution, Task::Signs];

pub(crate) const METRICS: &[Metric] = &[
    metric("accuracy", &["acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy", "Accuracy"], "Accuracy", LABELS),
    Metric {
        name: "top_k",
        aliases: &["top_k_accuracy", "top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy", "TopK"],
        type_name: "TopK",
        tasks: &[Task::Classes],
        parameters: &[required("k", ArgumentKind::Dimension, "3")],
    },
    metric("precision", &["Precision"], "Precision", LABELS),
    metric("recall", &["Recall"], "Recall", LABELS),
    metric("f1", &["f1_score", "F1Score"], "F1", LABELS),
    metric("auc", &["AUC", "roc_auc"], "Auc", LABELS),
    metric("log_loss", &[], "LogLoss", LABELS),
    metric("confusion", &["confusion_matrix"], "Confusion", LABELS),
    metric("mae", &["mean_absolute_error", "MeanAbsoluteError", "MAE"], "Mae", REALS),
    metric("mse", &["mean_squared_error", "MeanSquaredError", "MSE"], "Mse", REALS),
    metric("rmse", &["root_mean_squared_error", "RootMeanSquaredError"], "Rmse", REALS),
    metric("r2", &["r2_score", "R2Score"], "R2", VALUES),
    metric("mape", &["mean_absolute_percentage_error", "MeanAbsolutePercentageError", "MAPE"], "Mape", &[Task::Regression]),
];

/// The keys of a head's block.
pub(crate) const HEAD_KEYS: &[&str] = &["loss", "weight", "metrics", "labels", "class_weights", "label_smoothing"];

/// The words that begin a statement.
pub(crate) const STATEMENTS: &[&str] = &["input", "let", "shared", "layer", "head", "tie", "budget", "part"];

/// The keys of a budget: what it bounds, as the variants of `mtl_core::budget::Cost`, and whether that is bytes.
pub(crate) const BUDGET_KEYS: &[(&str, &str, bool)] = &[
    ("parameters", "Parameters", false),
    ("weights", "Weights", true),
    ("workspace", "Workspace", true),
    ("stack", "Stack", true),
    ("multiply_adds", "MultiplyAdds", false),
];

/// The units of a budget, in bytes.
pub(crate) const UNITS: &[(&str, u64)] =
    &[("B", 1), ("bytes", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("kB", 1_000), ("KB", 1_000), ("MB", 1_000_000)];

/// Heads that would give two methods one name: `predict_batch` predicts many samples.
pub(crate) const RESERVED_HEADS: &[&str] = &["batch"];

pub(crate) fn find_layer(name: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|layer| layer.name == name || layer.aliases.contains(&name))
}

pub(crate) fn find_activation(name: &str) -> Option<&'static Activation> {
    ACTIVATIONS.iter().find(|activation| activation.name == name || activation.aliases.contains(&name))
}

pub(crate) fn find_loss(name: &str) -> Option<&'static Loss> {
    LOSSES.iter().find(|loss| loss.name == name || loss.aliases.contains(&name))
}

pub(crate) fn find_metric(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name || metric.aliases.contains(&name))
}

pub(crate) fn find_initializer(name: &str) -> Option<&'static str> {
    INITIALIZERS.iter().find(|(spelling, _)| *spelling == name).map(|(_, variant)| *variant)
}

/// Every spelling of every layer, for suggestions.
pub(crate) fn layer_names<'a>() -> impl Iterator<Item = &'a str> {
    LAYERS.iter().flat_map(|layer| std::iter::once(layer.name).chain(layer.aliases.iter().copied()))
}

/// Every spelling of every activation, for suggestions.
pub(crate) fn activation_names<'a>() -> impl Iterator<Item = &'a str> {
    ACTIVATIONS.iter().flat_map(|activation| std::iter::once(activation.name).chain(activation.aliases.iter().copied()))
}

/// Every spelling of every loss, for suggestions.
pub(crate) fn loss_names<'a>() -> impl Iterator<Item = &'a str> {
    LOSSES.iter().flat_map(|loss| std::iter::once(loss.name).chain(loss.aliases.iter().copied()))
}

/// Every spelling of every metric, for suggestions.
pub(crate) fn metric_names<'a>() -> impl Iterator<Item = &'a str> {
    METRICS.iter().flat_map(|metric| std::iter::once(metric.name).chain(metric.aliases.iter().copied()))
}
