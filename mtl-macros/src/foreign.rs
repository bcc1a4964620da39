//! Words of Keras and PyTorch that this language does not have, and what to write in their place.

use crate::ast::{Arguments, ModuleTerm, Term, TermKind};
use crate::diagnostic::Diagnostics;
use crate::{step, suggest, text, vocabulary};

/// A word of Keras or PyTorch that is none of the language.
pub(crate) struct Foreign {
    pub(crate) name: &'static str,
    /// What it is there, and what the nearest word is here: it goes on from the name.
    pub(crate) means: &'static str,
    /// What to write where its arguments say nothing more.
    help: &'static str,
    /// What to write with its arguments: each `{}` takes the first that is there, by place (`0`) or by name.
    form: &'static str,
    takes: &'static [&'static [&'static str]],
}

impl Foreign {
    /// What to write in place of the word with these arguments.
    pub(crate) fn help(&self, arguments: Option<&Arguments>) -> String {
        self.written(arguments).map_or_else(|| self.help.to_owned(), |written| format!("write `{written}`{}", self.after()))
    }

    fn written(&self, arguments: Option<&Arguments>) -> Option<String> {
        let items = &arguments?.items;
        let mut written = self.form.to_owned();
        for choices in self.takes {
            let value = choices.iter().find_map(|choice| match choice.parse::<usize>() {
                Ok(place) => items.get(place).filter(|item| item.key.is_none()),
                Err(_) => items.iter().find(|item| item.key.as_ref().is_some_and(|key| key == choice)),
            })?;
            let value = match &value.value.kind {
                TermKind::Text(text) => text.clone(),
                _ => text::term(&value.value),
            };
            written = written.replacen("{}", &value, 1);
        }
        (!written.is_empty()).then_some(written)
    }

    /// What the help says behind the word to write.
    fn after(&self) -> &'static str {
        self.help.find(';').map_or("", |place| &self.help[place..])
    }
}

const fn foreign(name: &'static str, means: &'static str, help: &'static str) -> Foreign {
    Foreign { name, means, help, form: "", takes: &[] }
}

/// One whose arguments are taken over.
const fn rewritten(
    name: &'static str,
    means: &'static str,
    help: &'static str,
    form: &'static str,
    takes: &'static [&'static [&'static str]],
) -> Foreign {
    Foreign { name, means, help, form, takes }
}

/// What begins the path of a word of another library: `nn.Linear`, `tf.keras.layers.Dense`.
const MODULES: &[&str] =
    &["nn", "torch", "F", "functional", "tf", "keras", "layers", "losses", "metrics", "activations", "K", "jax", "flax", "nnx", "tfk", "tfkl"];

/// Those of them that no module of a user's is likely to be called.
const PYTHON_ALONE: &[&str] = &["nn", "torch", "tf", "keras"];

/// Whether a dotted path may begin with this word.
pub(crate) fn is_module(word: &str) -> bool {
    MODULES.contains(&word)
}

/// Whether `word::..` is a path of Python with `::` for its dots.
pub(crate) fn is_python(word: &str) -> bool {
    PYTHON_ALONE.contains(&word)
}

const BATCH_NORM: &str = "of PyTorch has an epsilon of 1e-5, and a momentum of 0.1 that is 0.9 here; `BatchNorm` has Keras's 0.001 and 0.99";
const BATCH_NORM_HELP: &str = "write `BatchNorm(momentum = 0.9, epsilon = 0.00001)` for the same, or `BatchNorm`";
const NO_SUCH_STEP: &str = "is not a step of this language";
const OWN: &str = "write a layer of your own, by its path: `crate::MyLayer<16>`";
const OF_TORCH: &str = "of PyTorch takes the width of its input too, which the flow tells here";
const DROPS: &str = "leaves out or changes values in another way than `Dropout`";

/// Those of layers and activations. A name with `nn.` before it is PyTorch's alone, where Keras has the same word.
pub(crate) const STEPS: &[Foreign] = &[
    foreign(
        "LeakyReLU",
        "has a slope of 0.3 in Keras and of 0.01 in PyTorch, and `leaky_relu` one of 0.2, as Keras's activation of that name",
        "write `leaky_relu` for a slope of 0.2; for any other, the path of an activation of your own: `crate::Leaky`",
    ),
    foreign(
        "RMSNorm",
        "of PyTorch has the epsilon of its numbers, 1.2e-7 in `f32`; `RmsNorm` has Keras's 0.000001",
        "write `RmsNorm(epsilon = 0.00000012)` for the same, or `RmsNorm`",
    ),
    foreign("BatchNorm1d", BATCH_NORM, BATCH_NORM_HELP),
    foreign("BatchNorm2d", BATCH_NORM, BATCH_NORM_HELP),
    rewritten(
        "Linear",
        "of PyTorch takes the width of its input too and starts from other numbers; `linear` is the activation that does nothing",
        "write `Dense(64)`: how wide its input is, the flow tells",
        "Dense({})",
        &[&["1", "out_features", "0"]],
    ),
    rewritten("LazyLinear", "of PyTorch is `Dense` here", "write `Dense(64)`", "Dense({})", &[&["0", "out_features"]]),
    foreign("Identity", "does nothing", "write `linear`, or take it out"),
    rewritten("Conv2d", OF_TORCH, "write `Conv2D(16, kernel = 3)`", "Conv2D({}, kernel = {})", &[&["1", "out_channels"], &["2", "kernel_size"]]),
    rewritten("Conv1d", OF_TORCH, "write `Conv1D(16, kernel = 3)`", "Conv1D({}, kernel = {})", &[&["1", "out_channels"], &["2", "kernel_size"]]),
    rewritten("MaxPool2d", "is `MaxPool2D` here", "write `MaxPool2D(2)`", "MaxPool2D({})", &[&["0", "kernel_size"]]),
    rewritten("MaxPool1d", "is `MaxPool1D` here", "write `MaxPool1D(2)`", "MaxPool1D({})", &[&["0", "kernel_size"]]),
    rewritten("AvgPool2d", "is `AveragePool2D` here", "write `AveragePool2D(2)`", "AveragePool2D({})", &[&["0", "kernel_size"]]),
    rewritten("AvgPool1d", "is `AveragePool1D` here", "write `AveragePool1D(2)`", "AveragePool1D({})", &[&["0", "kernel_size"]]),
    foreign("AdaptiveAvgPool2d", "to one place is `GlobalAveragePool` here", "write `GlobalAveragePool`"),
    foreign("AdaptiveAvgPool1d", "to one place is `GlobalAveragePool` here", "write `GlobalAveragePool`"),
    rewritten("ZeroPad2d", "is `ZeroPadding2D` here", "write `ZeroPadding2D(1)`", "ZeroPadding2D({})", &[&["0"]]),
    rewritten("Dropout2d", "leaves out whole channels; `Dropout` leaves out values", "write `Dropout(0.5)`", "Dropout({})", &[&["0", "p"]]),
    rewritten("Dropout1d", "leaves out whole channels; `Dropout` leaves out values", "write `Dropout(0.5)`", "Dropout({})", &[&["0", "p"]]),
    rewritten("nn.Dropout", "is `Dropout` here", "write `Dropout(0.5)`", "Dropout({})", &[&["0", "p"]]),
    rewritten("nn.GRU", OF_TORCH, "write `Gru(32)`", "Gru({})", &[&["1", "hidden_size"]]),
    rewritten("nn.LSTM", OF_TORCH, "write `Lstm(32)`", "Lstm({})", &[&["1", "hidden_size"]]),
    rewritten("nn.RNN", OF_TORCH, "write `Gru(32)`", "Gru({})", &[&["1", "hidden_size"]]),
    foreign(
        "nn.LayerNorm",
        "of PyTorch has an epsilon of 1e-5; `LayerNorm` has Keras's 0.001",
        "write `LayerNorm(epsilon = 0.00001)` for the same, or `LayerNorm`",
    ),
    rewritten(
        "nn.Embedding",
        "of PyTorch takes the number of classes too, which the input tells here",
        "write `Embedding(8)`",
        "Embedding({})",
        &[&["1", "embedding_dim"]],
    ),
    foreign("nn.Softmax", "is `softmax` here, at the end of a flow of classes", "write `softmax`"),
    rewritten("Activation", "is not needed: an activation is a step", "write its name: `relu`", "{}", &[&["0", "activation"]]),
    foreign("Lambda", NO_SUCH_STEP, "write an activation or a layer of your own, by its path: `crate::MyActivation`, `crate::MyLayer<16>`"),
    foreign("Sequential", "is not needed", "join the steps by `->`: `x -> Dense(64, relu) -> Dense(1)`"),
    foreign("Subtract", NO_SUCH_STEP, "write `Add`, `Multiply`, `Average`, `Maximum`, or a layer of your own"),
    foreign("Minimum", NO_SUCH_STEP, "write `Add`, `Multiply`, `Average`, `Maximum`, or a layer of your own"),
    foreign("Dot", NO_SUCH_STEP, "write `Multiply` for products of places, or `Concat -> Dense(1)`"),
    foreign("ActivityRegularization", NO_SUCH_STEP, "penalties are arguments: `Dense(64, l2 = 0.001)`"),
    foreign("Masking", NO_SUCH_STEP, "a column that may be missing is `{ age? }`, and `Normalize` or `Impute` fills it in"),
    foreign("Rescaling", "is done by what was measured of the data here", "write `Normalize`"),
    rewritten(
        "Discretization",
        NO_SUCH_STEP,
        "write `Piecewise(8)`, which keeps how far a number is through its bin",
        "Piecewise({})",
        &[&["0", "num_bins"]],
    ),
    foreign("StringLookup", "is the kind of an input here", "write `input region: one_of { North, South };`"),
    foreign("IntegerLookup", "is the kind of an input here", "write `input region: class(12, unknown);`"),
    foreign("Hashing", "is the kind of an input here", "write `input region: one_of { North, South, unknown };`, or `class(1000, unknown)`"),
    rewritten("AlphaDropout", DROPS, "write `Dropout(0.1)`", "Dropout({})", &[&["0", "rate", "p"]]),
    rewritten("GaussianDropout", DROPS, "write `Dropout(0.1)`, or `GaussianNoise(0.1)`", "Dropout({})", &[&["0", "rate"]]),
    rewritten("SpatialDropout1D", "leaves out whole channels; `Dropout` leaves out values", "write `Dropout(0.1)`", "Dropout({})", &[&["0", "rate"]]),
    rewritten("SpatialDropout2D", "leaves out whole channels; `Dropout` leaves out values", "write `Dropout(0.1)`", "Dropout({})", &[&["0", "rate"]]),
    rewritten("SimpleRNN", "is not here: `Gru` and `Lstm` remember longer", "write `Gru(32)`", "Gru({})", &[&["0", "units"]]),
    foreign("Bidirectional", "is not here: a recurrent step goes in one direction, so that it can run on a stream", "write `Gru(8)` or `Lstm(8)`"),
    foreign("TimeDistributed", "is `Conv1D` with a kernel of 1 here", "write `Conv1D(4, kernel = 1)` for `Dense(4)` at each step"),
    foreign("MultiHeadAttention", NO_SUCH_STEP, "write `Gru(32)` for sequences, or a layer of your own: `crate::Attention<32>`"),
    foreign("Attention", NO_SUCH_STEP, "write `Gru(32)` for sequences, or a layer of your own: `crate::Attention<32>`"),
    foreign("GlobalMaxPooling1D", NO_SUCH_STEP, "write `MaxPool1D(10) -> Flatten` with the number of steps, or `GlobalAveragePool`"),
    foreign("GlobalMaxPooling2D", NO_SUCH_STEP, "write `MaxPool2D([28, 28]) -> Flatten` with the size of the image, or `GlobalAveragePool`"),
    foreign("Conv2DTranspose", NO_SUCH_STEP, OWN),
    foreign("Conv3D", NO_SUCH_STEP, OWN),
    foreign("UpSampling2D", NO_SUCH_STEP, OWN),
    foreign("UpSampling1D", NO_SUCH_STEP, OWN),
    foreign("Permute", NO_SUCH_STEP, "give the input in the order that is needed, or write `Reshape([..])` where only the shape changes"),
    foreign("Resizing", NO_SUCH_STEP, "write `AveragePool2D(2)` to make an image smaller, or resize the data"),
    foreign("RepeatVector", NO_SUCH_STEP, "write `Dense(24) -> Reshape([3, 8])`"),
    foreign("GroupNormalization", NO_SUCH_STEP, "write `LayerNorm` or `BatchNorm`"),
    foreign("UnitNormalization", "divides by the norm, and `RmsNorm` by the root of the mean square", "write `RmsNorm`"),
];

const FOCAL: &str = "of Keras is multiplied by `alpha`, 0.25 unless it is given, and `categorical_focal` is not";
const FOCAL_HELP: &str = "write `loss: categorical_focal, weight: 0.25` for the same gradients, or `loss: categorical_focal`";
const LOGITS: &str = "is of logits in PyTorch; a head ends in its activation here, and the loss works on the logits before it";
const NO_SUCH_LOSS: &str = "is not a loss of this language";

/// Those of losses.
pub(crate) const LOSSES: &[Foreign] = &[
    foreign("categorical_focal_crossentropy", FOCAL, FOCAL_HELP),
    foreign("categorical_focal_cross_entropy", FOCAL, FOCAL_HELP),
    foreign("CategoricalFocalCrossentropy", FOCAL, FOCAL_HELP),
    foreign("MSELoss", "of PyTorch is `mse` here", "write `mse`"),
    foreign("mse_loss", "of PyTorch is `mse` here", "write `mse`"),
    foreign("L1Loss", "of PyTorch is `mae` here", "write `mae`"),
    foreign("l1_loss", "of PyTorch is `mae` here", "write `mae`"),
    foreign("SmoothL1Loss", "of PyTorch is `huber` here, divided by `delta`", "write `huber`"),
    foreign("smooth_l1", "of PyTorch is `huber` here, divided by `delta`", "write `huber`"),
    foreign("smooth_l1_loss", "of PyTorch is `huber` here, divided by `delta`", "write `huber`"),
    foreign("HuberLoss", "of PyTorch is `huber` here", "write `huber`"),
    foreign("bce", "is `binary_cross_entropy` here", "write `binary_cross_entropy` behind `sigmoid`"),
    foreign("BCELoss", "of PyTorch is `binary_cross_entropy` here", "write `binary_cross_entropy` behind `sigmoid`"),
    foreign("BCEWithLogitsLoss", LOGITS, "write `Dense(1, sigmoid)` and `binary_cross_entropy`"),
    foreign("binary_cross_entropy_with_logits", LOGITS, "write `Dense(1, sigmoid)` and `binary_cross_entropy`"),
    foreign("CrossEntropyLoss", LOGITS, "write `Dense(10, softmax)` and `categorical_cross_entropy`"),
    foreign("cross_entropy", LOGITS, "write `Dense(10, softmax)` and `categorical_cross_entropy`"),
    foreign("NLLLoss", "of PyTorch is of logarithms; a head ends in `softmax` here", "write `Dense(10, softmax)` and `categorical_cross_entropy`"),
    foreign("nll_loss", "of PyTorch is of logarithms; a head ends in `softmax` here", "write `Dense(10, softmax)` and `categorical_cross_entropy`"),
    foreign("KLDivLoss", "of PyTorch is of logarithms; `kl_divergence` is behind `softmax` here", "write `kl_divergence`"),
    foreign("PoissonNLLLoss", "of PyTorch is of logarithms; `poisson` is behind `exponential` here", "write `Dense(1, exponential)` and `poisson`"),
    foreign("HingeEmbeddingLoss", "is another loss than `hinge`", "write `hinge` for labels of -1 and 1, or a loss of your own: `crate::MyLoss`"),
    foreign("cosine_similarity", NO_SUCH_LOSS, "write a loss of your own, by its path: `crate::Cosine`"),
    foreign("CosineSimilarity", NO_SUCH_LOSS, "write a loss of your own, by its path: `crate::Cosine`"),
    foreign(
        "CategoricalHinge",
        "of Keras is of several classes, and `hinge` of labels of -1 and 1",
        "write `categorical_cross_entropy` behind `softmax`",
    ),
    foreign(
        "categorical_hinge",
        "of Keras is of several classes, and `hinge` of labels of -1 and 1",
        "write `categorical_cross_entropy` behind `softmax`",
    ),
    foreign("MultiLabelSoftMarginLoss", "of PyTorch is `binary_cross_entropy` of several outputs", "write `binary_cross_entropy` behind `sigmoid`"),
    foreign(
        "SoftMarginLoss",
        "of PyTorch is `binary_cross_entropy` for labels of -1 and 1",
        "write `binary_cross_entropy` behind `sigmoid`, with labels of 0 and 1",
    ),
    foreign(
        "MultiMarginLoss",
        "of PyTorch is of several classes, and `hinge` of labels of -1 and 1",
        "write `categorical_cross_entropy` behind `softmax`",
    ),
    foreign("MarginRankingLoss", NO_SUCH_LOSS, "write a loss of your own, by its path: `crate::Ranking`"),
    foreign("GaussianNLLLoss", NO_SUCH_LOSS, "write a loss of your own, by its path: `crate::Gaussian`, or `quantile(0.9)` for a bound"),
    foreign("CTCLoss", NO_SUCH_LOSS, "write a loss of your own, by its path: `crate::Ctc`"),
    foreign("Dice", NO_SUCH_LOSS, "write a loss of your own, by its path: `crate::Dice`"),
    foreign("dice", NO_SUCH_LOSS, "write a loss of your own, by its path: `crate::Dice`"),
    foreign("Tversky", NO_SUCH_LOSS, "write a loss of your own, by its path: `crate::Tversky`"),
    foreign("ctc", NO_SUCH_LOSS, "write a loss of your own, by its path: `crate::Ctc`"),
    foreign("TripletMarginLoss", NO_SUCH_LOSS, "write a loss of your own, by its path: `crate::Triplet`"),
];

const F1: &str = "of Keras gives one number for each output and takes the most probable one of them; `f1` is one number, with labels at 0.5";

/// Those of metrics.
pub(crate) const METRICS: &[Foreign] = &[
    foreign(
        "Accuracy",
        "of Keras counts the outputs that equal their target; `accuracy` counts the labels, or the classes, that are right",
        "write `accuracy`",
    ),
    foreign("F1Score", F1, "write `f1`"),
    foreign("f1_score", F1, "write `f1`"),
];

const TRAINER: &str = "is a setting of the training, and not of a head";
const TRAINER_HELP: &str = "give it to the trainer: `Trainer::new(Adam::new(1e-3)).epochs(20).batch_size(64)`";

/// Keys of a head that belong elsewhere.
pub(crate) const KEYS: &[Foreign] = &[
    foreign("loss_weight", "is called `weight` here", "write `weight: 0.5`"),
    foreign("loss_weights", "is called `weight` here, at each head", "write `weight: 0.5`"),
    foreign("optimizer", TRAINER, TRAINER_HELP),
    foreign("learning_rate", TRAINER, TRAINER_HELP),
    foreign("lr", TRAINER, TRAINER_HELP),
    foreign("epochs", TRAINER, TRAINER_HELP),
    foreign("batch_size", TRAINER, TRAINER_HELP),
    foreign("callbacks", TRAINER, "give it to the trainer: `.early_stopping(..)`, `.on_epoch_end(..)`"),
    foreign("activation", "belongs to the last step", "write it there: `-> Dense(1, sigmoid)`"),
    foreign(
        "from_logits",
        "is not needed: losses work on the logits before the activation",
        "end the flow in `sigmoid` or `softmax`, and take this out",
    ),
    foreign("sample_weight", "belongs to a row", "give it with the row: `data.push_weighted(inputs, targets, weight)`"),
    foreign("reduction", "is the mean over the samples that have a label", "take it out"),
];

/// Arguments of steps that belong elsewhere, or are called otherwise.
pub(crate) const ARGUMENTS: &[Foreign] = &[
    foreign("in_features", "is told by the flow", "write the width of the output alone: `Dense(16)`"),
    foreign("in_channels", "is told by the flow", "write the channels of the output alone: `Conv2D(16)`"),
    foreign("input_size", "is told by the flow", "write the size of the output alone: `Lstm(8)`"),
    foreign("input_shape", "is told by the flow", "declare the input, `input x: [8];`, and take this out"),
    foreign("input_dim", "is told by the flow", "declare the input, `input x: [8];`, and take this out"),
    foreign("num_embeddings", "is told by the input", "write the width alone: `Embedding(8)`"),
    foreign("name", "is given by a statement", "name the value: `let hidden = x -> Dense(64);`"),
    rewritten("kernel_regularizer", "is the argument `l1` or `l2` here", "write `l2 = 0.01`", "l2 = {}", &[&["0"]]),
    foreign("bias_initializer", "is `zeros`, as by default in Keras", "take it out"),
    foreign("kernel_constraint", "is not here", "take it out, or write `l2 = 0.01`"),
    foreign("bias_constraint", "is not here", "take it out"),
    foreign("max_norm", "is not here", "take it out, or write `l2 = 0.01`"),
    foreign("seed", "is that of the whole training", "give it to the trainer, `.seed(1)`, and to the model, `Model::new(1)`"),
    foreign("noise_shape", "is not here: every value is left out by itself", "take it out"),
    foreign("bias_regularizer", "is not here: penalties are of kernels", "write `l2 = 0.01` for the kernel"),
    foreign("activity_regularizer", "is not here: penalties are of kernels", "write `l2 = 0.01` for the kernel"),
    foreign(
        "weight_decay",
        "is a setting of the optimizer, or the penalty `l2` of a layer",
        "write `l2 = 0.01`, or `AdamW::new(1e-3).weight_decay(0.01)`",
    ),
    foreign("dropout", "is a step of its own", "write `-> Dropout(0.1)` behind it"),
    foreign("recurrent_dropout", "is not here", "write `-> Dropout(0.1)` before or behind it"),
    foreign("trainable", "is a setting of the training", "freeze the block in the trainer: `.freeze(ModelBlock::Body)`"),
    foreign("dtype", "is that of the whole model", "write `Model<f32>` or `Model<f64>` where it is used"),
    foreign("axis", "is the last one, which holds the channels", "take it out"),
    foreign("groups", "is not here", "write `DepthwiseConv2D(3)` for a kernel for each channel, or `SeparableConv2D(16)`"),
    foreign("num_layers", "is not here: one step is one layer", "write them one after the other: `-> Gru(8, sequences = true) -> Gru(8)`"),
    foreign("bidirectional", "is not here: a recurrent step goes in one direction, so that it can run on a stream", "take it out"),
    foreign("batch_first", "is not here: a sequence is [time, features], without the batch", "take it out"),
    foreign(
        "return_state",
        "is not here: the state of a stream is kept outside",
        "write `sequences = true` for the states after all steps, or take it out",
    ),
    foreign(
        "stateful",
        "is not here: the state of a stream is kept outside",
        "take it out; `model.body.gru1.step(&mut state, &x)` goes on by one step",
    ),
    foreign("data_format", "is [height, width, channels]", "take it out"),
    foreign("track_running_stats", "is always so", "take it out"),
    foreign("affine", "is always so", "take it out"),
    foreign("inplace", "is not needed", "take it out"),
];

const HE: &str = "of PyTorch draws as `he_normal` does, which is the default before the relu family";
const HE_UNIFORM: &str = "of PyTorch draws as `he_uniform` does";
const GLOROT_NORMAL: &str = "of PyTorch draws as `glorot_normal` does";
const GLOROT_UNIFORM: &str = "of PyTorch draws as `glorot_uniform` does, which is the default but before the relu family";
const NO_SUCH_DRAW: &str = "is not an initializer of this language";
const NO_SUCH_DRAW_HELP: &str = "write `glorot_uniform`, or `he_normal` before the relu family";
const CONSTANT: &str = "is not an initializer of this language: all weights alike would stay alike";

/// Those of initializers.
pub(crate) const INITIALIZERS: &[Foreign] = &[
    foreign("kaiming_normal", HE, "write `he_normal`"),
    foreign("kaiming_normal_", HE, "write `he_normal`"),
    foreign("kaiming_uniform", HE_UNIFORM, "write `he_uniform`"),
    foreign("kaiming_uniform_", HE_UNIFORM, "write `he_uniform`"),
    foreign("xavier_normal", GLOROT_NORMAL, "write `glorot_normal`"),
    foreign("xavier_normal_", GLOROT_NORMAL, "write `glorot_normal`"),
    foreign("xavier_uniform", GLOROT_UNIFORM, "write `glorot_uniform`"),
    foreign("xavier_uniform_", GLOROT_UNIFORM, "write `glorot_uniform`"),
    foreign("normal_", "of PyTorch has the deviation 1, and `random_normal` 0.05", "write `random_normal`"),
    foreign("uniform_", "of PyTorch goes from 0 to 1, and `random_uniform` from -0.05 to 0.05", "write `random_uniform`"),
    foreign("zeros_", "of PyTorch is `zeros` here", "write `zeros`"),
    foreign("ones_", "of PyTorch is `ones` here", "write `ones`"),
    foreign("trunc_normal_", NO_SUCH_DRAW, NO_SUCH_DRAW_HELP),
    foreign("truncated_normal", NO_SUCH_DRAW, NO_SUCH_DRAW_HELP),
    foreign("TruncatedNormal", NO_SUCH_DRAW, NO_SUCH_DRAW_HELP),
    foreign("orthogonal", NO_SUCH_DRAW, NO_SUCH_DRAW_HELP),
    foreign("orthogonal_", NO_SUCH_DRAW, NO_SUCH_DRAW_HELP),
    foreign("Orthogonal", NO_SUCH_DRAW, NO_SUCH_DRAW_HELP),
    foreign("sparse_", NO_SUCH_DRAW, NO_SUCH_DRAW_HELP),
    foreign("eye_", NO_SUCH_DRAW, NO_SUCH_DRAW_HELP),
    foreign("dirac_", NO_SUCH_DRAW, NO_SUCH_DRAW_HELP),
    foreign("identity", NO_SUCH_DRAW, NO_SUCH_DRAW_HELP),
    foreign("Identity", NO_SUCH_DRAW, NO_SUCH_DRAW_HELP),
    foreign("VarianceScaling", NO_SUCH_DRAW, NO_SUCH_DRAW_HELP),
    foreign("variance_scaling", NO_SUCH_DRAW, NO_SUCH_DRAW_HELP),
    foreign("constant", CONSTANT, "write `zeros` or `ones`"),
    foreign("constant_", CONSTANT, "write `zeros` or `ones`"),
    foreign("Constant", CONSTANT, "write `zeros` or `ones`"),
];

/// Whether a word is one of the language or of the lists here.
pub(crate) fn is_word(name: &str) -> bool {
    step::find(name).is_some()
        || vocabulary::find_activation(name).is_some()
        || vocabulary::find_loss(name).is_some()
        || [STEPS, LOSSES, METRICS, INITIALIZERS].into_iter().any(|words| find(words, name).is_some())
        || suggest::nearest(name, vocabulary::activation_names()).is_some()
}

/// Reports a path of Python, and says what to write in its place: a word of `words`, or one of the language.
pub(crate) fn report(diagnostics: &mut Diagnostics, module: &ModuleTerm, words: &'static [Foreign]) {
    let (path, name) = (&module.path, module.name.to_string());
    let of_torch = find(words, &format!("nn.{name}")).filter(|_| !path.contains("keras") && !path.starts_with("layers"));
    if let Some(foreign) = of_torch.or_else(|| find(words, &name)) {
        diagnostics.report(module.place, format!("`{path}` {}", foreign.means), foreign.help(module.arguments.as_ref()));
        return;
    }
    let near = || suggest::nearest(&name, step::names()).filter(|near| near.eq_ignore_ascii_case(&name)).and_then(step::find);
    let own = step::find(&name).or_else(near).map(|word| word.name);
    let activation = || {
        let near = suggest::nearest(&name, vocabulary::activation_names());
        near.and_then(vocabulary::find_activation).map(|activation| activation.name)
    };
    let initializer = || vocabulary::Initializer::words().find(|word| *word == crate::case::snake(&name));
    let other = || {
        let measure = vocabulary::find_loss(&name).map(|loss| loss.name).or_else(|| vocabulary::find_metric(&name).map(|metric| metric.name));
        measure.or_else(initializer)
    };
    let help = match own.map(|own| (own, true)).or_else(|| activation().or_else(other).map(|word| (word, false))) {
        Some((word, true)) if module.arguments.as_ref().is_some_and(|arguments| !arguments.items.is_empty()) => {
            let mut term = Term { kind: TermKind::Name(module.name.clone(), module.arguments.clone()), place: module.place };
            if let TermKind::Name(name, _) = &mut term.kind {
                *name = proc_macro2::Ident::new(word, name.span());
            }
            format!("write `{}`", text::term(&term))
        }
        Some((word, _)) => format!("write `{word}`"),
        None => "write a word of the language, which the README lists, or a type of your own by its path: `crate::MyLayer<16>`".to_owned(),
    };
    diagnostics.report(module.place, format!("`{path}` is a path of Python: words have no module here"), help);
}

pub(crate) fn find(words: &'static [Foreign], name: &str) -> Option<&'static Foreign> {
    words.iter().find(|word| word.name == name)
}
