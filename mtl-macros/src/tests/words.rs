//! A word of another library is one of the language only where it means the same, default by default.
//!
//! `reference/keras_words.txt` has the defaults of Keras's objects (3.15), written from its sources by `reference/keras_words.py`.

use std::collections::{BTreeMap, BTreeSet};

use super::errors;
use crate::foreign;
use crate::step::LAYERS;
use crate::vocabulary::{ACTIVATIONS, Argument, ArgumentKind, Default, Initializer, LOSSES, METRICS};

/// What a word stands for.
enum Of {
    /// An object of Keras, with what is fixed here of its arguments. Those that the word has itself are compared with its own defaults.
    Keras(&'static str, &'static [(&'static str, &'static str)]),
    /// Something of another library, and why it is the same.
    Other(&'static str),
    /// A word of this language alone.
    Own,
}
use Of::{Keras, Other, Own};

/// Every spelling of every word that Keras or another library has too; a word of the language that none has is `Own`.
const MEANS: &[(&str, Of)] = &[
    // Layers.
    ("Dense", Keras("layers.Dense", &[("bias_initializer", "'zeros'")])),
    ("Dropout", Keras("layers.Dropout", &[])),
    ("BatchNorm", Own),
    ("BatchNormalization", Keras("layers.BatchNormalization", NORMALIZATION)),
    ("LayerNorm", Own),
    ("LayerNormalization", Keras("layers.LayerNormalization", NORMALIZATION)),
    ("RmsNorm", Own),
    ("RMSNormalization", Keras("layers.RMSNormalization", &[("axis", "-1")])),
    ("Normalize", Own),
    ("Impute", Own),
    ("Robust", Own),
    ("Scale", Own),
    ("Periodic", Own),
    ("Piecewise", Own),
    ("Ensemble", Own),
    ("Normalization", Keras("layers.Normalization", &[("axis", "-1"), ("invert", "False")])),
    ("GaussianNoise", Keras("layers.GaussianNoise", &[])),
    ("Concat", Own),
    ("Concatenate", Keras("layers.Concatenate", &[("axis", "-1")])),
    ("Add", Keras("layers.Add", &[])),
    ("Multiply", Keras("layers.Multiply", &[])),
    ("Average", Keras("layers.Average", &[])),
    ("Maximum", Keras("layers.Maximum", &[])),
    // How many classes there are, the input tells.
    ("Embedding", Keras("layers.Embedding", &[("input_dim", "!"), ("embeddings_initializer", "'uniform'"), ("mask_zero", "False")])),
    ("OneHot", Own),
    // Of one class for each row the three modes give the same, but for `count`'s type.
    ("CategoryEncoding", Keras("layers.CategoryEncoding", &[("output_mode", "'multi_hot'"), ("sparse", "False")])),
    ("Flatten", Keras("layers.Flatten", &[])),
    ("Reshape", Keras("layers.Reshape", &[])),
    ("Conv1D", Keras("layers.Conv1D", CONVOLUTION)),
    ("Convolution1D", Keras("layers.Convolution1D", CONVOLUTION)),
    ("Conv2D", Keras("layers.Conv2D", CONVOLUTION)),
    ("Convolution2D", Keras("layers.Convolution2D", CONVOLUTION)),
    ("ZeroPadding2D", Keras("layers.ZeroPadding2D", &[])),
    ("SeparableConv2D", Keras("layers.SeparableConv2D", SEPARABLE)),
    ("SeparableConvolution2D", Keras("layers.SeparableConvolution2D", SEPARABLE)),
    ("DepthwiseConv2D", Keras("layers.DepthwiseConv2D", &[("dilation_rate", "(1,1)"), ("bias_initializer", "'zeros'")])),
    ("MaxPool1D", Keras("layers.MaxPool1D", &[])),
    ("MaxPooling1D", Keras("layers.MaxPooling1D", &[])),
    ("MaxPool2D", Keras("layers.MaxPool2D", &[])),
    ("MaxPooling2D", Keras("layers.MaxPooling2D", &[])),
    ("AveragePool1D", Own),
    ("AveragePooling1D", Keras("layers.AveragePooling1D", &[])),
    ("AvgPool1D", Keras("layers.AvgPool1D", &[])),
    ("AveragePool2D", Own),
    ("AveragePooling2D", Keras("layers.AveragePooling2D", &[])),
    ("AvgPool2D", Keras("layers.AvgPool2D", &[])),
    ("GlobalAveragePool", Own),
    ("GlobalAveragePooling1D", Keras("layers.GlobalAveragePooling1D", &[("keepdims", "False")])),
    ("GlobalAveragePooling2D", Keras("layers.GlobalAveragePooling2D", &[("keepdims", "False")])),
    ("GlobalAvgPool1D", Keras("layers.GlobalAvgPool1D", &[("keepdims", "False")])),
    ("GlobalAvgPool2D", Keras("layers.GlobalAvgPool2D", &[("keepdims", "False")])),
    ("PRelu", Own),
    ("PReLU", Keras("layers.PReLU", &[("alpha_initializer", "'Zeros'")])),
    ("Gru", Own),
    ("GRU", Keras("layers.GRU", RECURRENT)),
    ("Lstm", Own),
    ("LSTM", Keras("layers.LSTM", RECURRENT)),
    ("CrossStitch", Own),
    ("MixtureOfExperts", Own),
    ("MMoE", Other("Ma 2018: the multi-gate mixture of experts, which is what this layer is with several outputs")),
    ("Cgc", Own),
    ("CGC", Other("Tang 2020: customised gate control")),
    // Activations.
    ("relu", Keras("activations.relu", RELU)),
    ("ReLU", Keras("layers.ReLU", RELU)),
    ("relu6", Keras("activations.relu6", &[])),
    ("ReLU6", Other("PyTorch: min(max(0, x), 6)")),
    ("leaky_relu", Keras("activations.leaky_relu", &[("negative_slope", "0.2")])),
    ("elu", Keras("activations.elu", &[("alpha", "1.0")])),
    ("ELU", Keras("layers.ELU", &[("alpha", "1.0")])),
    ("selu", Keras("activations.selu", &[])),
    ("SELU", Other("PyTorch: the constants of Klambauer 2017")),
    ("gelu", Keras("activations.gelu", &[("approximate", "False")])),
    ("GELU", Other("PyTorch: approximate='none'")),
    ("silu", Keras("activations.silu", &[])),
    ("SiLU", Other("PyTorch: x σ(x)")),
    ("swish", Keras("activations.swish", &[])),
    ("mish", Keras("activations.mish", &[])),
    ("Mish", Other("PyTorch: x tanh(softplus(x))")),
    ("sigmoid", Keras("activations.sigmoid", &[])),
    ("hard_sigmoid", Keras("activations.hard_sigmoid", &[])),
    ("tanh", Keras("activations.tanh", &[])),
    ("softplus", Keras("activations.softplus", &[])),
    ("softsign", Keras("activations.softsign", &[])),
    ("exponential", Keras("activations.exponential", &[])),
    ("hard_silu", Keras("activations.hard_silu", &[])),
    ("hard_swish", Keras("activations.hard_swish", &[])),
    ("linear", Keras("activations.linear", &[])),
    ("softmax", Keras("activations.softmax", &[("axis", "-1")])),
    ("Softmax", Keras("layers.Softmax", &[("axis", "-1")])),
    // Losses.
    ("mse", Keras("losses.mse", &[])),
    ("mean_squared_error", Keras("losses.mean_squared_error", &[])),
    ("MeanSquaredError", Keras("losses.MeanSquaredError", &[])),
    ("MSE", Keras("losses.MSE", &[])),
    ("mae", Keras("losses.mae", &[])),
    ("mean_absolute_error", Keras("losses.mean_absolute_error", &[])),
    ("MeanAbsoluteError", Keras("losses.MeanAbsoluteError", &[])),
    ("MAE", Keras("losses.MAE", &[])),
    ("huber", Keras("losses.huber", &[])),
    ("Huber", Keras("losses.Huber", &[])),
    ("log_cosh", Keras("losses.log_cosh", &[])),
    ("logcosh", Keras("losses.logcosh", &[])),
    ("LogCosh", Keras("losses.LogCosh", &[])),
    ("quantile", Own),
    ("pinball", Other("the name of the quantile loss in scikit-learn; the quantile must be given")),
    ("msle", Keras("losses.msle", &[])),
    ("mean_squared_logarithmic_error", Keras("losses.mean_squared_logarithmic_error", &[])),
    ("MeanSquaredLogarithmicError", Keras("losses.MeanSquaredLogarithmicError", &[])),
    ("MSLE", Keras("losses.MSLE", &[])),
    ("poisson", Keras("losses.poisson", &[])),
    ("Poisson", Keras("losses.Poisson", &[])),
    // Of the probabilities, as a sigmoid or softmax ends the head.
    ("binary_cross_entropy", Own),
    ("binary_crossentropy", Keras("losses.binary_crossentropy", ENTROPY)),
    ("BinaryCrossentropy", Keras("losses.BinaryCrossentropy", ENTROPY)),
    ("binary_focal", Own),
    ("binary_focal_crossentropy", Keras("losses.binary_focal_crossentropy", FOCAL)),
    ("binary_focal_cross_entropy", Other("Keras's binary_focal_crossentropy with another underscore")),
    ("BinaryFocalCrossentropy", Keras("losses.BinaryFocalCrossentropy", FOCAL)),
    ("categorical_cross_entropy", Own),
    ("categorical_crossentropy", Keras("losses.categorical_crossentropy", ENTROPY)),
    ("CategoricalCrossentropy", Keras("losses.CategoricalCrossentropy", ENTROPY)),
    ("sparse_categorical_crossentropy", Keras("losses.sparse_categorical_crossentropy", ENTROPY)),
    ("sparse_categorical_cross_entropy", Other("Keras's sparse_categorical_crossentropy with another underscore")),
    ("SparseCategoricalCrossentropy", Keras("losses.SparseCategoricalCrossentropy", ENTROPY)),
    ("categorical_focal", Own),
    ("kl_divergence", Keras("losses.kl_divergence", &[])),
    ("kullback_leibler_divergence", Keras("losses.kullback_leibler_divergence", &[])),
    ("KLDivergence", Keras("losses.KLDivergence", &[])),
    ("kld", Keras("losses.kld", &[])),
    ("hinge", Keras("losses.hinge", &[])),
    ("Hinge", Keras("losses.Hinge", &[])),
    ("squared_hinge", Keras("losses.squared_hinge", &[])),
    ("SquaredHinge", Keras("losses.SquaredHinge", &[])),
    // Metrics that are no losses.
    ("accuracy", Own),
    ("acc", Other("Keras: short for accuracy, which looks at the head")),
    ("binary_accuracy", Keras("metrics.binary_accuracy", &[("threshold", "0.5")])),
    ("BinaryAccuracy", Keras("metrics.BinaryAccuracy", &[("threshold", "0.5")])),
    ("categorical_accuracy", Keras("metrics.categorical_accuracy", &[])),
    ("CategoricalAccuracy", Keras("metrics.CategoricalAccuracy", &[])),
    ("sparse_categorical_accuracy", Keras("metrics.sparse_categorical_accuracy", &[])),
    ("SparseCategoricalAccuracy", Keras("metrics.SparseCategoricalAccuracy", &[])),
    ("top_k", Own),
    ("TopK", Own),
    ("top_k_accuracy", Other("scikit-learn; `k` must be given")),
    // Keras's `k` is 5 where it is not given; here it must be.
    ("top_k_categorical_accuracy", Keras("metrics.top_k_categorical_accuracy", &[("k", "5")])),
    ("sparse_top_k_categorical_accuracy", Keras("metrics.sparse_top_k_categorical_accuracy", &[("k", "5"), ("from_sorted_ids", "False")])),
    ("precision", Own),
    // `thresholds` of none is 0.5.
    ("Precision", Keras("metrics.Precision", &[])),
    ("recall", Own),
    ("Recall", Keras("metrics.Recall", &[])),
    ("f1", Own),
    ("auc", Own),
    ("roc_auc", Other("scikit-learn: exact, of several outputs the mean")),
    // The same area, which Keras approximates.
    (
        "AUC",
        Keras(
            "metrics.AUC",
            &[
                ("num_thresholds", "200"),
                ("curve", "'ROC'"),
                ("summation_method", "'interpolation'"),
                ("multi_label", "False"),
                ("from_logits", "False"),
            ],
        ),
    ),
    ("log_loss", Own),
    ("confusion", Own),
    ("confusion_matrix", Other("scikit-learn: rows are the true classes")),
    ("rmse", Own),
    ("root_mean_squared_error", Other("Keras's RootMeanSquaredError by its name in histories")),
    ("RootMeanSquaredError", Keras("metrics.RootMeanSquaredError", &[])),
    ("r2", Own),
    ("r2_score", Other("scikit-learn: multioutput='uniform_average'")),
    ("R2Score", Keras("metrics.R2Score", &[("class_aggregation", "'uniform_average'"), ("num_regressors", "0")])),
    ("mape", Keras("metrics.mape", &[])),
    ("mean_absolute_percentage_error", Keras("metrics.mean_absolute_percentage_error", &[])),
    ("MeanAbsolutePercentageError", Keras("metrics.MeanAbsolutePercentageError", &[])),
    ("MAPE", Keras("metrics.MAPE", &[])),
    // Initializers.
    ("glorot_uniform", Keras("initializers.GlorotUniform", &[])),
    ("glorot_normal", Keras("initializers.GlorotNormal", &[])),
    ("he_uniform", Keras("initializers.HeUniform", &[])),
    ("he_normal", Keras("initializers.HeNormal", &[])),
    ("lecun_uniform", Keras("initializers.LecunUniform", &[])),
    ("lecun_normal", Keras("initializers.LecunNormal", &[])),
    ("random_uniform", Keras("initializers.RandomUniform", &[("minval", "-0.05"), ("maxval", "0.05")])),
    ("random_normal", Keras("initializers.RandomNormal", &[("mean", "0.0"), ("stddev", "0.05")])),
    ("zeros", Keras("initializers.Zeros", &[])),
    ("ones", Keras("initializers.Ones", &[])),
];

const NORMALIZATION: &[(&str, &str)] = &[
    ("axis", "-1"),
    ("center", "True"),
    ("scale", "True"),
    ("beta_initializer", "'zeros'"),
    ("gamma_initializer", "'ones'"),
    ("moving_mean_initializer", "'zeros'"),
    ("moving_variance_initializer", "'ones'"),
    // Without `renorm` its momentum is not used.
    ("renorm", "False"),
    ("renorm_momentum", "0.99"),
    ("synchronized", "False"),
];
const CONVOLUTION: &[(&str, &str)] = &[("dilation_rate", "1"), ("groups", "1"), ("bias_initializer", "'zeros'"), ("dilation_rate", "(1,1)")];
const SEPARABLE: &[(&str, &str)] = &[("dilation_rate", "(1,1)"), ("bias_initializer", "'zeros'")];
const RECURRENT: &[(&str, &str)] = &[
    ("activation", "'tanh'"),
    ("recurrent_activation", "'sigmoid'"),
    ("recurrent_initializer", "'orthogonal'"),
    ("bias_initializer", "'zeros'"),
    ("unit_forget_bias", "True"),
    ("dropout", "0.0"),
    ("recurrent_dropout", "0.0"),
    ("return_state", "False"),
    ("go_backwards", "False"),
    ("stateful", "False"),
    ("unroll", "False"),
    ("reset_after", "True"),
    ("use_cudnn", "'auto'"),
];
const RELU: &[(&str, &str)] = &[("negative_slope", "0.0"), ("threshold", "0.0")];
const ENTROPY: &[(&str, &str)] = &[("from_logits", "False"), ("label_smoothing", "0.0"), ("axis", "-1")];
const FOCAL: &[(&str, &str)] =
    &[("apply_class_balancing", "False"), ("alpha", "0.25"), ("from_logits", "False"), ("label_smoothing", "0.0"), ("axis", "-1")];

/// Arguments that are no part of what is computed.
const ASIDE: &[&str] = &["name", "dtype", "seed", "reduction"];

/// Names that an argument has in Keras, where the language has it under another.
const SAME_ARGUMENT: &[(&str, &str)] = &[
    ("use_bias", "bias"),
    ("kernel_initializer", "init"),
    ("depthwise_initializer", "init"),
    ("pointwise_initializer", "init"),
    ("kernel_size", "kernel"),
    ("strides", "stride"),
    ("pool_size", "size"),
    ("return_sequences", "sequences"),
    ("target_shape", "shape"),
    ("output_dim", "dim"),
];

/// Spellings of arguments that no library has for that layer.
const OWN_ARGUMENTS: &[&str] = &["initializer", "units", "quantile"];

fn keras() -> BTreeMap<&'static str, Vec<(&'static str, &'static str)>> {
    let lines = include_str!("reference/keras_words.txt").lines();
    lines
        .map(|line| {
            let mut words = line.split(' ');
            let name = words.next().expect("a line has a name");
            (name, words.map(|word| word.split_once('=').expect("an argument has a default")).collect())
        })
        .collect()
}

/// Every spelling with the arguments of its word.
fn spellings() -> Vec<(&'static str, &'static [Argument])> {
    let mut all: Vec<(&str, &[Argument])> = Vec::new();
    let mut add = |name, aliases: &[&'static str], parameters| {
        all.push((name, parameters));
        all.extend(aliases.iter().map(|alias| (*alias, parameters)));
    };
    LAYERS.iter().for_each(|word| add(word.name, word.aliases, word.arguments));
    ACTIVATIONS.iter().for_each(|word| add(word.name, word.aliases, &[]));
    LOSSES.iter().for_each(|word| add(word.name, word.aliases, word.arguments));
    for word in METRICS {
        add(word.name, word.aliases, word.arguments);
        word.spellings.iter().for_each(|(spelling, _)| add(spelling, &[], word.arguments));
    }
    Initializer::words().for_each(|name| add(name, &[], &[]));
    all
}

/// A default as Keras writes it.
fn default_of(argument: &Argument) -> Vec<String> {
    match (argument.default, argument.kind) {
        (Default::Required, _) => vec!["!".into()],
        // A window is as wide one way as the other, and so are margins.
        (Default::Size(size), _) => vec![size.to_string(), format!("({size},{size})"), format!("(({size},{size}),({size},{size}))"), "!".into()],
        (Default::Boolean(true), _) => vec!["True".into()],
        (Default::Boolean(false), _) => vec!["False".into()],
        // Python writes 1e-06.
        (Default::Number(number), _) => vec![number.to_string(), format!("{number:?}"), format!("{number:e}").replace("e-", "e-0")],
        (Default::Padding(padding), _) => vec![format!("'{}'", padding.word())],
        (Default::Initializer(initializer), _) => vec![format!("'{}'", initializer.word())],
        // Of a `Dense` or a convolution behind which a rectifier stands it is `he_normal`: docs/keras.md.
        (Default::Open, ArgumentKind::Initializer) => vec![format!("'{}'", Initializer::GlorotUniform.word())],
        // A penalty that is not there, an activation that is none, a stride that is the size of the window.
        (Default::Open, _) => vec!["None".into(), "0".into(), "0.0".into()],
    }
}

#[test]
fn every_spelling_means_the_same_elsewhere_default_by_default() {
    let (keras, mut wrong) = (keras(), Vec::new());
    for (spelling, parameters) in spellings() {
        match MEANS.iter().find(|(word, _)| *word == spelling) {
            None => wrong.push(format!("`{spelling}` is not in the table")),
            Some((_, Own)) => {}
            Some((_, Other(why))) => assert!(!why.is_empty()),
            Some((_, Keras(path, fixed))) => {
                let Some(arguments) = keras.get(path) else {
                    wrong.push(format!("`{spelling}`: keras_words.txt has no {path}"));
                    continue;
                };
                for (argument, default) in arguments {
                    let own = SAME_ARGUMENT.iter().find(|(theirs, _)| theirs == argument).map_or(*argument, |(_, own)| own);
                    let known = match parameters.iter().find(|parameter| parameter.name == own) {
                        _ if fixed.contains(&(argument, default)) => true,
                        Some(parameter) => default_of(parameter).iter().any(|own| own == default),
                        None => *default == "None" || ASIDE.contains(argument),
                    };
                    if !known {
                        wrong.push(format!("`{spelling}`: {path} has {argument}={default}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_spelling_of_an_argument_is_keras_s() {
    let keras = keras();
    for (spelling, parameters) in spellings() {
        let Some((_, Keras(path, _))) = MEANS.iter().find(|(word, _)| *word == spelling) else { continue };
        for alias in parameters.iter().flat_map(|parameter| parameter.aliases).filter(|alias| !OWN_ARGUMENTS.contains(alias)) {
            let known = keras[path].iter().any(|(argument, _)| argument == alias);
            assert!(known, "`{spelling}({alias} = ..)`: {path} has no such argument");
        }
    }
}

#[test]
fn a_word_that_means_something_else_elsewhere_is_none_of_the_language() {
    let known: BTreeSet<&str> = spellings().into_iter().map(|(spelling, _)| spelling).collect();
    for foreign in foreign::STEPS.iter().chain(foreign::LOSSES).chain(foreign::METRICS) {
        assert!(!known.contains(foreign.name), "`{}` is both", foreign.name);
    }
    for foreign in foreign::STEPS.iter().filter(|foreign| !foreign.name.contains('.')) {
        let found = errors(&format!("struct M {{ input x: [4]; head y = x -> Dense(4) -> {} -> Dense(1) {{ loss: mse }} }}", foreign.name));
        assert_eq!(found, [(foreign.name.to_owned(), format!("`{}` {}\nhelp: {}", foreign.name, foreign.means, foreign.help(None)))]);
    }
    for foreign in foreign::LOSSES {
        let found = errors(&format!("struct M {{ input x: [4]; head y = x -> Dense(3, softmax) {{ loss: {} }} }}", foreign.name));
        assert_eq!(found, [(foreign.name.to_owned(), format!("`{}` {}\nhelp: {}", foreign.name, foreign.means, foreign.help(None)))]);
    }
    for foreign in foreign::METRICS {
        let found = errors(&format!(
            "struct M {{ input x: [4]; head y = x -> Dense(1, sigmoid) {{ loss: binary_cross_entropy, metrics: [{}] }} }}",
            foreign.name
        ));
        assert_eq!(found, [(foreign.name.to_owned(), format!("`{}` {}\nhelp: {}", foreign.name, foreign.means, foreign.help(None)))]);
    }
    let found = errors("struct M { input x: [4]; head y = x -> Dense(4, LeakyReLU) -> Dense(1) { loss: mse } }");
    assert!(found.len() == 1 && found[0].1.contains("0.3 in Keras") && found[0].1.contains("one of 0.2"), "{found:?}");
}

// Keras's `Precision` pools all classes at 0.5, and `precision` is the mean over them.
#[test]
fn a_spelling_goes_with_the_heads_for_which_it_means_the_same() {
    let binary = |outputs: usize, metric: &str| {
        errors(&format!("struct M {{ input x: [4]; head y = x -> Dense({outputs}, sigmoid) {{ loss: binary_cross_entropy, metrics: [{metric}] }} }}"))
    };
    let classes = |metric: &str| {
        errors(&format!("struct M {{ input x: [4]; head y = x -> Dense(3, softmax) {{ loss: categorical_cross_entropy, metrics: [{metric}] }} }}"))
    };
    for metric in ["AUC", "Precision", "Recall", "binary_accuracy", "acc"] {
        assert_eq!(binary(1, metric), [], "{metric}");
    }
    assert_eq!(binary(2, "Precision"), []);
    for metric in ["categorical_accuracy", "SparseCategoricalAccuracy", "acc", "top_k_categorical_accuracy(2)"] {
        assert_eq!(classes(metric), [], "{metric}");
    }
    let refused = |found: Vec<(String, String)>, metric: &str, name: &str, with: &str| {
        let message = format!("head `y`: Keras's `{metric}` is what `{name}` is with {with} alone, and another number here\nhelp: write `{name}`");
        assert_eq!(found, [(metric.to_owned(), message)]);
    };
    refused(binary(2, "AUC"), "AUC", "auc", "one binary label");
    refused(binary(1, "categorical_accuracy"), "categorical_accuracy", "accuracy", "classes");
    refused(classes("Precision"), "Precision", "precision", "binary labels");
    refused(classes("binary_accuracy"), "binary_accuracy", "accuracy", "binary labels");
}
