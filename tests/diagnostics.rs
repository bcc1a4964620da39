//! `docs/diagnostics.md` is made from the reviewed errors of `ui/fail` and from the cases of `call_site`, so that it cannot go stale.
//!
//! After a change that is meant, `MTL_WRITE_PAGES=1 cargo test --test diagnostics` writes it anew.

#[path = "builds/call_site/cases.rs"]
#[allow(dead_code, reason = "the page shows the cases alone")]
mod cases;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::{env, fs};

use cases::{Case, OWN, USED};

const PAGE: &str = "docs/diagnostics.md";
const CASES: &str = "tests/ui/fail";

/// A chapter of the page: its title, what it is about, and the cases in it, by name or by how the name begins (`generic_*`).
struct Chapter {
    title: &'static str,
    about: &'static str,
    cases: &'static [&'static str],
}

const CHAPTERS: &[Chapter] = &[
    Chapter {
        title: "Names",
        about: "Every name is looked up in the place where it stands, and the nearest one is offered. A name that is wrong silences what follows from it.",
        cases: &[
            "activation_of_another_slope",
            "activation_step_unknown",
            "activation_unknown",
            "argument_unknown",
            "head_called_batch",
            "initializer_unknown",
            "key_unknown",
            "layer_called_like_an_activation",
            "layer_unknown*",
            "loss_of_another_size",
            "loss_unknown_name",
            "metric_unknown_name",
            "name*",
            "source_*",
            "statement_unknown",
            "two_names_for_one_output",
            "used_after_a_mistake",
            "value_as_a_step",
            "input_of_another_kind",
            "labels_of_another_kind",
            "budget_in_unknown_units",
            "generic_twice",
            "generic_unused",
        ],
    },
    Chapter {
        title: "Shapes",
        about: "Where a shape is wrong, both sides are named, with the flow that leads to each.",
        cases: &[
            "add_of_two_widths",
            "arithmetic_on_a_generic",
            "average_of_two_widths",
            "cgc_of_too_few_flows",
            "classes_negative",
            "concat_of_*",
            "cross_stitch_of_two_widths",
            "dense_on_*",
            "dimension_*",
            "embedding_of_reals",
            "ensemble_*",
            "expression_of_a_generic",
            "generic_compared_with_a_number",
            "generic_in_an_own_layer",
            "image_of_a_generic",
            "input_class_without_a_number",
            "input_class_with_another_word",
            "input_class_unknown_of_a_parameter",
            "input_of_an_empty_shape",
            "layer_used_on_two_widths",
            "mixture_of_a_constant",
            "p_relu_*",
            "periodic_*",
            "recurrent_*",
            "reshape_*",
            "softmax_of_an_image",
            "tie_of_two_widths",
            "tuple_into_dense",
        ],
    },
    Chapter {
        title: "Columns and categories",
        about: "Inputs of a table have columns by name, which may be missing where the declaration says so, and categories that are types.",
        cases: &["categories_*", "category_*", "column_*", "columns_*", "impute_*", "indicator_*", "missing_values_*", "one_of_*"],
    },
    Chapter {
        title: "Convolution and pooling",
        about: "Images are [height, width, channels], sequences [time, channels]. Without `padding = same` a window lies on its input as a whole.",
        cases: &[
            "convolution_*",
            "dense_after_a_convolution",
            "depthwise_*",
            "filters_missing",
            "kernel_without_its_name",
            "padding_*",
            "pool_of_a_vector",
            "separable_*",
            "softmax_in_a_convolution",
            "stride_of_zero",
            "window_*",
        ],
    },
    Chapter {
        title: "Heads",
        about: "A loss and the end of its flow belong together, and so do a loss and its metrics.",
        cases: &[
            "binary_cross_entropy_without_sigmoid",
            "class_weight*",
            "cross_entropy_without_softmax",
            "head_ends_in_*",
            "hinge_of_a_sigmoid",
            "metric_of_another_loss",
            "metric_of_other_heads",
            "metric_twice",
            "metrics_of_another_loss",
            "mistake_in_each_head",
            "mse_with_softmax_and_accuracy",
            "no_loss",
            "poisson_of_what_can_be_negative",
            "quantile_out_of_range",
            "class_names_*",
            "classes_of_a_type_*",
            "smoothing_*",
            "standardized_*",
            "targets_of_another_kind",
            "softmax_over_one_unit",
            "softmax_of_a_softmax",
            "momentum_as_in_pytorch",
            "input_of_one_class",
            "softmax_with_mse",
            "top_k_larger_than_the_classes",
            "two_losses",
            "weight_*",
            "weights_all_zero",
        ],
    },
    Chapter {
        title: "Graph",
        about: "What nothing uses, what uses itself, and what shares nothing.",
        cases: &[
            "cycle*",
            "heads_share_nothing",
            "input_unused",
            "layer_applies_itself",
            "layer_unused",
            "model_empty",
            "no_head",
            "shared_*",
            "two_mistakes",
            "used_before_definition",
            "value_unused",
        ],
    },
    Chapter {
        title: "Arguments",
        about: "What stands in the parentheses of a step.",
        cases: &[
            "activation_in_quotes",
            "argument_after_a_named_one",
            "argument_for_*",
            "argument_is_an_expression",
            "argument_missing*",
            "argument_not_boolean",
            "argument_number_for_an_activation",
            "argument_of_the_wrong_kind",
            "argument_surplus",
            "argument_twice",
            "argument_with*",
            "comma_missing_in_arguments",
            "dense_with_two_units",
            "dropout_out_of_range",
            "rate_is_a_size",
        ],
    },
    Chapter {
        title: "Sizes known to const evaluation",
        about: "Sizes and numbers that are paths or braced expressions are checked by constant assertions, which `cargo check` evaluates. The error stands on the user's token and gives the names and the values.",
        cases: &["constants_*", "budget_exceeded*", "metric_of_an_own_loss"],
    },
    Chapter {
        title: "Eight bits",
        about: "`#[int8]` before the struct asks for the model's form in eight bits, which has whole numbers between the inputs and the heads.",
        cases: &["int8_*"],
    },
    Chapter {
        title: "Structs of scalars",
        about: "`flat!`, `zeroable!` and `any_bits!` declare what the bytes of a struct of your own may be, say of the parameters of a layer. They take what is true alone, as memory depends on it; so do the types that the kernels are compiled for.",
        cases: &["flat_*", "zeroable_*", "any_bits_*", "sealed_*"],
    },
    Chapter {
        title: "Writing",
        about: "What stands where something else belongs. A statement that cannot be read is skipped up to its end, and the rest is checked.",
        cases: &[
            "arrow_*",
            "attribute_broken",
            "block_on_a_let",
            "budget_broken",
            "colon_missing_in_a_block",
            "derive_of_what_every_model_has",
            "comma_missing_in_a_block",
            "empty",
            "equals_*",
            "flow_missing",
            "generic_of_another_type",
            "generic_type",
            "generic_without_default_after_one_with",
            "generics_*",
            "input_without_*",
            "key_without_a_value",
            "keyword_missing",
            "loss_in_quotes",
            "metrics_without_brackets",
            "no_block",
            "number_as_a_step",
            "part_*",
            "path_ends_in_colons",
            "semicolon_*",
            "statement_without_an_attribute_target",
            "struct_*",
            "tuple_as_a_step",
            "tuple_empty",
            "tuple_without_a_step",
        ],
    },
];

impl Chapter {
    fn holds(&self, case: &str) -> bool {
        self.cases.iter().any(|pattern| pattern.strip_suffix('*').map_or(*pattern == case, |start| case.starts_with(start)))
    }
}

/// The messages in what the compiler printed: each from `error` to the line with its place.
fn messages(stderr: &str) -> Vec<String> {
    let mut messages = Vec::new();
    let mut lines = stderr.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((kind, message)) = line.split_once(": ").filter(|(kind, _)| kind.starts_with("error")) else { continue };
        if message.starts_with("aborting due to") {
            continue;
        }
        let message = if kind == "error" { message } else { message.trim_start_matches("evaluation panicked: ") };
        let mut text = vec![message.trim().to_owned()];
        while let Some(line) = lines.next_if(|line| !line.trim_start().starts_with("--> ") && !line.trim().is_empty()) {
            text.push(line.trim().to_owned());
        }
        messages.push(text.join("\n"));
    }
    messages
}

fn page() -> Result<String, Box<dyn Error>> {
    let mut cases = BTreeMap::new();
    for entry in fs::read_dir(CASES)? {
        let path = entry?.path();
        let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
        if path.extension().is_some_and(|extension| extension == "stderr") {
            cases.insert(name.to_owned(), messages(&fs::read_to_string(&path)?));
        }
    }
    for name in cases.keys() {
        let holders = CHAPTERS.iter().filter(|chapter| chapter.holds(name)).map(|chapter| chapter.title).collect::<Vec<_>>();
        assert_eq!(holders.len(), 1, "each case belongs to one chapter of the page: `{name}` is in {holders:?}");
    }

    let mut page = String::from(
        "# What the compiler tells you\n\n\
         Every mistake that `multitask!` knows, with the error it gives. An error stands under the token to change; its first line is the\n\
         fault, `flow:` shows where the shapes come from, and `help:` is a way out. All errors of a model are reported at once.\n\n\
         This page is made from the [reviewed examples](../tests/ui/fail) by `tests/diagnostics.rs`.\n",
    );
    for chapter in CHAPTERS {
        let rows = cases.iter().filter(|(name, _)| chapter.holds(name)).collect::<Vec<_>>();
        write!(page, "\n## {}\n\n{}\n\n| Mistake | What `cargo check` says |\n|---|---|\n", chapter.title, chapter.about)?;
        for (name, messages) in rows {
            let text = messages.join("\n\n").replace('|', "\\|").replace('<', "&lt;").replace('\n', "<br>");
            writeln!(page, "| [{}](../{CASES}/{name}.rs) | {text} |", name.replace('_', " "))?;
        }
    }
    chapter(
        &mut page,
        "Types of your own, and constants of another type",
        "A layer, an activation or a loss of your own is known to rustc alone, and so is the type of a constant. Each mistake is one error at \
         your path; these are the parts of it that say what is wrong.",
        OWN,
    )?;
    chapter(
        &mut page,
        "Types at the call site",
        "Where a model is used, rustc compares your types with the generated ones: `Patient` has an input `record: [5]`, a head `visits` with one \
         number and a head `health` with four classes; `Picture` has an input `image: [4, 4]`.",
        USED,
    )?;
    Ok(page)
}

/// A chapter of what rustc says.
fn chapter(page: &mut String, title: &str, about: &str, cases: &[Case]) -> std::fmt::Result {
    write!(page, "\n## {title}\n\n{about}\n\n| Mistake | Code | What `cargo check` says |\n|---|---|---|\n")?;
    for case in cases {
        let code = case.code.trim_start_matches("mtl::multitask! ").replace('|', "\\|");
        let says = case.says.join("<br>").replace('|', "\\|").replace("Matrix<", "Matrix&lt;").replace("Wide<", "Wide&lt;");
        writeln!(page, "| {} | `{code}` | {says} |", case.title)?;
    }
    Ok(())
}

#[test]
fn the_page_of_diagnostics_is_current() -> Result<(), Box<dyn Error>> {
    let page = page()?;
    if env::var_os("MTL_WRITE_PAGES").is_some() {
        fs::write(PAGE, &page)?;
    }
    let kept = fs::read_to_string(PAGE)?.replace("\r\n", "\n");
    assert!(kept == page, "{PAGE} is not what the errors of {CASES} make: MTL_WRITE_PAGES=1 cargo test --test diagnostics writes it anew");
    Ok(())
}
