//! The words of the language but for the layers, which stand in `step`: activations, initializers, losses, metrics, keys, and what arguments are.
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

pub(crate) const FRACTION_BELOW_ONE: Range = range(0.0, true, 1.0, false, "at least 0 and below 1");
const BETWEEN_ZERO_AND_ONE: Range = range(0.0, false, 1.0, false, "between 0 and 1");
pub(crate) const FRACTION: Range = range(0.0, true, 1.0, true, "from 0 to 1");
pub(crate) const POSITIVE: Range = range(0.0, false, f64::INFINITY, false, "above 0");
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
    /// One of [`Initializer::ALL`].
    Initializer,
    /// `[height, width]`.
    Shape,
    /// A whole number that stands there as such: of that many layers each is a field of the model.
    Count,
    /// `Dense(..)`.
    Expert,
    /// The size of a window or its stride: a whole number, or of an image `[rows, columns]`.
    Window,
    /// One of [`Padding::ALL`].
    Padding,
    /// Rows and columns around an image: a whole number for all sides, `[rows, columns]`, or `[[top, bottom], [left, right]]`. Each may be 0.
    Margins,
    /// A list of axes, the first of a sample being 1.
    Axes,
}

/// What an argument is where it is not given.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Default {
    /// It must be given.
    Required,
    /// It depends on the other arguments, or there is none.
    Open,
    Number(f64),
    Boolean(bool),
    /// Of a window, its stride and margins: along every side.
    Size(usize),
    Padding(Padding),
    Initializer(Initializer),
}

/// An argument of a layer, a loss or a metric.
pub(crate) struct Argument {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) kind: ArgumentKind,
    /// May be given by its place.
    pub(crate) positional: bool,
    pub(crate) default: Default,
    /// A plausible value, for messages that ask for it.
    pub(crate) example: &'static str,
    /// All arguments as they may stand where this one is missing.
    pub(crate) all: &'static str,
}

/// An argument that must be given.
pub(crate) const fn required(name: &'static str, kind: ArgumentKind, example: &'static str) -> Argument {
    Argument { name, aliases: &[], kind, positional: true, default: Default::Required, example, all: example }
}

/// An argument that may be left out.
pub(crate) const fn optional(name: &'static str, kind: ArgumentKind, default: Default, example: &'static str) -> Argument {
    Argument { name, aliases: &[], kind, positional: false, default, example, all: example }
}

impl Argument {
    /// Other spellings.
    pub(crate) const fn or(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    pub(crate) const fn positional(mut self) -> Self {
        self.positional = true;
        self
    }

    /// What is asked for where it is missing: this alone would not do.
    pub(crate) const fn among(mut self, all: &'static str) -> Self {
        self.all = all;
        self
    }

    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    pub(crate) fn is_required(&self) -> bool {
        self.default == Default::Required
    }
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

/// What an activation is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    ElementWise,
    Nothing,
    /// It goes over all values, and is a step of its own.
    Softmax,
}

/// Where an activation that is linear elsewhere cuts values off.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cuts {
    /// Below 0.
    Below,
    /// Below 0 and above 6.
    Both,
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
    pub(crate) does: Does,
    /// It does no more than to cut values off.
    pub(crate) cuts: Option<Cuts>,
    pub(crate) gives: Gives,
}

const fn activation(name: &'static str, aliases: &'static [&'static str], type_name: &'static str, gives: Gives) -> Activation {
    Activation { name, aliases, type_name, from_output: true, rectifies: false, does: Does::ElementWise, cuts: None, gives }
}

impl Activation {
    const fn rectifier(mut self) -> Self {
        self.rectifies = true;
        self
    }

    const fn cuts(mut self, cuts: Cuts) -> Self {
        self.cuts = Some(cuts);
        self
    }

    const fn does(mut self, does: Does) -> Self {
        self.does = does;
        self
    }

    const fn needs_input(mut self) -> Self {
        self.from_output = false;
        self
    }
}

/// The activation that does nothing.
pub(crate) const LINEAR: Activation = activation("linear", &[], "Linear", Gives::Reals).does(Does::Nothing);

/// The one that goes over all values.
pub(crate) const SOFTMAX: Activation = activation("softmax", &["Softmax"], "Softmax", Gives::Distribution).needs_input().does(Does::Softmax);

pub(crate) const ACTIVATIONS: &[Activation] = &[
    activation("relu", &["ReLU"], "Relu", Gives::Reals).rectifier().cuts(Cuts::Below),
    activation("relu6", &["ReLU6"], "Relu6", Gives::Reals).rectifier().cuts(Cuts::Both),
    activation("leaky_relu", &[], "LeakyRelu", Gives::Reals).rectifier(),
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
    LINEAR,
    SOFTMAX,
];

/// Makes an enum of words from one list: each variant with its spelling.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum $name {
            $($variant,)*
        }

        impl $name {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As the language spells it.
            pub(crate) const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            pub(crate) fn find(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|this| this.word() == word)
            }

            pub(crate) fn words<'a>() -> impl Iterator<Item = &'a str> {
                Self::ALL.iter().map(|this| this.word())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.word())
            }
        }
    };
}

words! {
    /// What a window does at the edges: nothing, or it lies beyond them, over zeros.
    Padding { Valid = "valid", Same = "same" }
}

words! {
    /// The initializers, called as the variants of `mtl_core::init::Initializer`.
    Initializer {
        GlorotUniform = "glorot_uniform",
        GlorotNormal = "glorot_normal",
        HeUniform = "he_uniform",
        HeNormal = "he_normal",
        LecunUniform = "lecun_uniform",
        LecunNormal = "lecun_normal",
        RandomUniform = "random_uniform",
        RandomNormal = "random_normal",
        Zeros = "zeros",
        Ones = "ones",
    }
}

impl Initializer {
    /// The variant of `mtl_core::init::Initializer`.
    pub(crate) fn variant(self) -> String {
        format!("{self:?}")
    }
}

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

/// The unit of the targets of a loss.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// They are classes, probabilities, counts or labels.
    None,
    /// Any, which can be divided out.
    Any,
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
    pub(crate) unit: Unit,
    pub(crate) arguments: &'static [Argument],
}

const fn loss(
    name: &'static str,
    aliases: &'static [&'static str],
    type_name: &'static str,
    ends_in: EndsIn,
    task: Task,
    arguments: &'static [Argument],
) -> Loss {
    Loss { name, aliases, type_name, ends_in, task, fused: false, class_weights: false, label_smoothing: false, unit: Unit::None, arguments }
}

impl Loss {
    /// Whether targets can be standardised.
    pub(crate) fn takes_any_unit(&self) -> bool {
        self.unit == Unit::Any
    }

    const fn fused(mut self) -> Self {
        self.fused = true;
        self
    }

    const fn class_weights(mut self) -> Self {
        self.class_weights = true;
        self
    }

    const fn any_unit(mut self) -> Self {
        self.unit = Unit::Any;
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
    loss("mse", &["mean_squared_error", "MeanSquaredError", "MSE"], "Mse", EndsIn::AnythingButSoftmax, Task::Regression, &[]).any_unit(),
    loss("mae", &["mean_absolute_error", "MeanAbsoluteError", "MAE"], "Mae", EndsIn::AnythingButSoftmax, Task::Regression, &[]).any_unit(),
    loss(
        "huber",
        &["Huber"],
        "Huber",
        EndsIn::AnythingButSoftmax,
        Task::Regression,
        &[optional("delta", ArgumentKind::Number(POSITIVE), Default::Number(1.0), "1.0").positional()],
    )
    .any_unit(),
    loss("log_cosh", &["logcosh", "LogCosh"], "LogCosh", EndsIn::AnythingButSoftmax, Task::Regression, &[]).any_unit(),
    loss(
        "quantile",
        &["pinball"],
        "Quantile",
        EndsIn::AnythingButSoftmax,
        Task::Regression,
        &[required("q", ArgumentKind::Number(BETWEEN_ZERO_AND_ONE), "0.9").or(&["quantile"])],
    )
    .any_unit(),
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
        &[optional("gamma", ArgumentKind::Number(NOT_NEGATIVE), Default::Number(FOCAL_GAMMA), "2.0").positional()],
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
        &[],
        "CategoricalFocal",
        EndsIn::Softmax,
        Task::Classes,
        &[optional("gamma", ArgumentKind::Number(NOT_NEGATIVE), Default::Number(FOCAL_GAMMA), "2.0").positional()],
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
    /// Spellings of other libraries that mean this with some heads, and something else with others.
    pub(crate) spellings: &'static [(&'static str, With)],
    pub(crate) tasks: &'static [Task],
    pub(crate) arguments: &'static [Argument],
}

/// The heads with which a spelling of another library means the same as here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum With {
    /// Independent labels.
    Binary,
    /// One label.
    OneLabel,
    Classes,
}

impl With {
    pub(crate) fn allows(self, task: Task, outputs: Option<usize>) -> bool {
        match self {
            Self::Binary => task == Task::Binary,
            Self::OneLabel => task == Task::Binary && outputs.is_none_or(|outputs| outputs == 1),
            Self::Classes => task == Task::Classes,
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Binary => "binary labels",
            Self::OneLabel => "one binary label",
            Self::Classes => "classes",
        }
    }
}

const fn metric(name: &'static str, aliases: &'static [&'static str], type_name: &'static str, tasks: &'static [Task]) -> Metric {
    Metric { name, aliases, type_name, spellings: &[], tasks, arguments: &[] }
}

impl Metric {
    /// The spelling of another library that `name` is, with the heads that it goes with.
    pub(crate) fn spelling(&self, name: &str) -> Option<(&'static str, With)> {
        self.spellings.iter().copied().find(|(spelling, _)| *spelling == name)
    }

    const fn spelt(mut self, spellings: &'static [(&'static str, With)]) -> Self {
        self.spellings = spellings;
        self
    }
}

const LABELS: &[Task] = &[Task::Binary, Task::Classes];
const REALS: &[Task] = &[Task::Regression, Task::Binary, Task::Distribution, Task::Signs];
const VALUES: &[Task] = &[Task::Regression, Task::Distribution, Task::Signs];

pub(crate) const METRICS: &[Metric] = &[
    metric("accuracy", &["acc"], "Accuracy", LABELS).spelt(&[
        ("binary_accuracy", With::Binary),
        ("BinaryAccuracy", With::Binary),
        ("categorical_accuracy", With::Classes),
        ("CategoricalAccuracy", With::Classes),
        ("sparse_categorical_accuracy", With::Classes),
        ("SparseCategoricalAccuracy", With::Classes),
    ]),
    Metric {
        name: "top_k",
        aliases: &["top_k_accuracy", "top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy", "TopK"],
        type_name: "TopK",
        spellings: &[],
        tasks: &[Task::Classes],
        arguments: &[required("k", ArgumentKind::Dimension, "3")],
    },
    metric("precision", &[], "Precision", LABELS).spelt(&[("Precision", With::Binary)]),
    metric("recall", &[], "Recall", LABELS).spelt(&[("Recall", With::Binary)]),
    metric("f1", &[], "F1", LABELS),
    // Keras puts all outputs together, and goes by 200 thresholds where this is exact.
    metric("auc", &["roc_auc"], "Auc", LABELS).spelt(&[("AUC", With::OneLabel)]),
    metric("log_loss", &[], "LogLoss", LABELS),
    metric("confusion", &["confusion_matrix"], "Confusion", LABELS),
    metric("mae", &["mean_absolute_error", "MeanAbsoluteError", "MAE"], "Mae", REALS),
    metric("mse", &["mean_squared_error", "MeanSquaredError", "MSE"], "Mse", REALS),
    metric("rmse", &["root_mean_squared_error", "RootMeanSquaredError"], "Rmse", REALS),
    metric("r2", &["r2_score", "R2Score"], "R2", VALUES),
    metric("mape", &["mean_absolute_percentage_error", "MeanAbsolutePercentageError", "MAPE"], "Mape", &[Task::Regression]),
];

words! {
    /// The keys of a head's block.
    HeadKey {
        Loss = "loss",
        Weight = "weight",
        Metrics = "metrics",
        Labels = "labels",
        ClassWeights = "class_weights",
        LabelSmoothing = "label_smoothing",
        Targets = "targets",
        Classes = "classes",
    }
}

words! {
    /// The words that begin a statement.
    Statement {
        Input = "input",
        Let = "let",
        Shared = "shared",
        Layer = "layer",
        Head = "head",
        Tie = "tie",
        Budget = "budget",
        Part = "part",
    }
}

impl Statement {
    /// What it declares, in messages.
    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::Input => "an input",
            Self::Let => "a `let`",
            Self::Shared => "a `shared` value",
            Self::Layer => "a `layer`",
            Self::Head => "a head",
            Self::Tie => "a `tie`",
            Self::Budget => "a `budget`",
            Self::Part => "a `part`",
        }
    }
}

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

pub(crate) fn find_activation(name: &str) -> Option<&'static Activation> {
    ACTIVATIONS.iter().find(|activation| activation.name == name || activation.aliases.contains(&name))
}

pub(crate) fn find_loss(name: &str) -> Option<&'static Loss> {
    LOSSES.iter().find(|loss| loss.name == name || loss.aliases.contains(&name))
}

pub(crate) fn find_metric(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name || metric.aliases.contains(&name) || metric.spelling(name).is_some())
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
