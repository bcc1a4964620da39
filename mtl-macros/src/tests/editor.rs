//! What an editor shows, as far as it can be tested without one: places of generated items, their docs, and half-typed models.

use proc_macro2::TokenStream;
use syn::{Fields, File, Item};

use super::facade;
use crate::codegen;
use crate::expand::{Outcome, analyze};

/// Every kind of statement.
const MODEL: &str = "/// A model.
pub struct Patient {
    /// What is known.
    input record: [5];
    input zone: class(3);
    /// Who it is.
    input person: { age, income? };
    input region: one_of { North, South, unknown };
    shared body = (record, zone -> Embedding(2), person -> Normalize, region -> OneHot) -> Concat -> Dense(8, relu);
    layer tower = Dense(6, relu) -> LayerNorm;
    let (left, right) = body -> MixtureOfExperts(2, expert = Dense(5, tanh));
    let first = left -> Dense(6);
    let second = right -> Dense(6);
    tie (first, second) { l2: 0.01 }
    budget { parameters: 10_000, weights: 32 KiB }
    /// How often.
    head visits = (first, second) -> Add -> tower -> Dense(1, exponential) { loss: poisson, metrics: [mae] }
    head health = body -> Dense(6) -> tower -> Dense(4, softmax) { loss: categorical_cross_entropy, labels: partial }
}";

/// Which statements make which fields.
const MAKES: &[(&str, &str, &[&str])] = &[
    ("input record", "record", &["PatientInputs"]),
    ("input zone", "zone", &["PatientInputs"]),
    ("input person", "person", &["PatientInputs"]),
    ("age", "age", &["PatientPerson"]),
    ("income", "income", &["PatientPerson"]),
    ("input region", "region", &["PatientInputs"]),
    ("shared body", "body", &["Patient"]),
    // How wide the input of a layer is, its first use tells.
    ("head visits", "tower", &["Patient"]),
    ("let (left, right)", "left_right", &["Patient"]),
    ("let first", "first", &["Patient"]),
    ("let second", "second", &["Patient"]),
    ("head visits", "visits", &["Patient", "PatientOutputs", "PatientTargets", "PatientLosses", "PatientReport"]),
    ("head health", "health", &["Patient", "PatientOutputs", "PatientTargets", "PatientLosses", "PatientReport"]),
];

fn expansion(source: &str) -> File {
    let tokens: TokenStream = source.parse().expect("tokens");
    let items = match analyze(tokens, &facade()) {
        Outcome::Graph(graph) => codegen::model(&graph, &facade()),
        Outcome::Errors { items, .. } => items,
    };
    let mut file: File = syn::parse2(items).expect("the expansion is items");
    // What has a body stands in a constant without a name.
    let bodies: Vec<Item> =
        file.items.iter().filter_map(|item| if let Item::Const(item) = item { Some(&*item.expr) } else { None }).flat_map(of_block).collect();
    file.items.extend(bodies);
    // What only the standard library has stands in a macro.
    let inner: Vec<Item> = file
        .items
        .iter()
        .filter_map(|item| if let Item::Macro(item) = item { Some(&item.mac) } else { None })
        .filter(|mac| mac.path.segments.last().is_some_and(|last| last.ident == "with_std"))
        .flat_map(|mac| syn::parse2::<File>(mac.tokens.clone()).expect("the macro holds items").items)
        .collect();
    file.items.extend(inner);
    file
}

/// The items of a block.
fn of_block(block: &syn::Expr) -> Vec<Item> {
    let syn::Expr::Block(block) = block else { return Vec::new() };
    block.block.stmts.iter().filter_map(|statement| if let syn::Stmt::Item(item) = statement { Some(item.clone()) } else { None }).collect()
}

/// The fields of a generated struct.
fn fields(file: &File, name: &str) -> Vec<syn::Field> {
    let found = file.items.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == name => Some(&item.fields),
        _ => None,
    });
    match found {
        Some(Fields::Named(fields)) => fields.named.iter().cloned().collect(),
        _ => panic!("there is no struct `{name}` with fields"),
    }
}

fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

fn is_documented(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("doc"))
}

// Go-to-definition follows the span of a name.
#[test]
fn fields_and_types_stand_where_the_user_wrote_their_names() {
    let file = expansion(MODEL);
    let stands_at = |place: proc_macro2::Span, wanted: &str, what: &str| {
        assert_eq!(place.source_text().as_deref(), Some(wanted), "the span of {what}");
    };
    for (_, field, structs) in MAKES {
        for name in *structs {
            let found = fields(&file, name).into_iter().find_map(|found| found.ident.filter(|ident| ident == field));
            // The block of two values stands at the first of them.
            let wanted = field.split('_').next().unwrap_or_default();
            stands_at(found.unwrap_or_else(|| panic!("{name}.{field}")).span(), wanted, &format!("{name}.{field}"));
        }
    }
    // A layer's parameters stand at its step, a metric where it is asked for, the prediction of a head at the head.
    for (name, field, step) in [
        ("PatientBodyBlock", "embedding1", "Embedding"),
        ("PatientBodyBlock", "dense1", "Dense"),
        ("PatientTowerBlock", "layer_norm1", "LayerNorm"),
        ("PatientLeftRightBlock", "moe1_expert1", "MixtureOfExperts"),
        ("PatientVisitsReport", "mae", "mae"),
    ] {
        let found = fields(&file, name).into_iter().find_map(|found| found.ident.filter(|ident| ident == field));
        stands_at(found.unwrap_or_else(|| panic!("{name}.{field}")).span(), step, &format!("{name}.{field}"));
    }
    let mut predictions = 0;
    for item in &file.items {
        match item {
            Item::Struct(item) if !item.ident.to_string().contains("Block") => {
                // The columns of an input stand at the input.
                let wanted = match item.ident.to_string().as_str() {
                    "PatientPerson" => "person",
                    "Patient" => "Patient",
                    // At the name an editor shows the model alone.
                    _ => "struct",
                };
                stands_at(item.ident.span(), wanted, &item.ident.to_string());
            }
            Item::Enum(item) if item.ident == "PatientRegion" => {
                stands_at(item.ident.span(), "region", "PatientRegion");
                for (variant, wanted) in item.variants.iter().zip(["North", "South", "unknown"]) {
                    stands_at(variant.ident.span(), wanted, wanted);
                }
            }
            Item::Enum(item) => {
                for variant in &item.variants {
                    let wanted = crate::case::snake(&variant.ident.to_string());
                    stands_at(variant.ident.span(), wanted.split('_').next().unwrap_or_default(), &variant.ident.to_string());
                }
            }
            Item::Impl(block) => {
                for method in block.items.iter().filter_map(|item| if let syn::ImplItem::Fn(method) = item { Some(method) } else { None }) {
                    if let Some(head) = method.sig.ident.to_string().strip_prefix("predict_").filter(|head| *head != "batch") {
                        stands_at(method.sig.ident.span(), head, &method.sig.ident.to_string());
                        predictions += 1;
                    }
                }
            }
            _ => {}
        }
    }
    assert_eq!(predictions, 2, "a method for each head");
}

// Hovering shows docs.
#[test]
fn every_public_item_has_docs() {
    let file = expansion(MODEL);
    let mut bare = Vec::new();
    for item in &file.items {
        match item {
            Item::Struct(item) if is_public(&item.vis) => {
                if !is_documented(&item.attrs) {
                    bare.push(item.ident.to_string());
                }
                for field in &item.fields {
                    if let Some(name) = field.ident.as_ref().filter(|_| is_public(&field.vis) && !is_documented(&field.attrs)) {
                        bare.push(format!("{}.{name}", item.ident));
                    }
                }
            }
            Item::Impl(block) => {
                for item in &block.items {
                    if let syn::ImplItem::Fn(method) = item
                        && is_public(&method.vis)
                        && !is_documented(&method.attrs)
                    {
                        bare.push(format!("fn {}", method.sig.ident));
                    }
                }
            }
            _ => {}
        }
    }
    assert!(bare.is_empty(), "without docs: {}", bare.join(", "));
}

// The hover of the struct shows its layers, that of a head its flow and loss.
#[test]
fn docs_show_the_table_and_the_flows() {
    use quote::ToTokens as _;
    let file = expansion(MODEL);
    let model = file.items.iter().find_map(|item| if let Item::Struct(item) = item { (item.ident == "Patient").then_some(item) } else { None });
    let docs = model.expect("the model").attrs.iter().map(|attribute| attribute.to_token_stream().to_string()).collect::<String>();
    assert!(
        docs.contains("A model.") && docs.contains("| layer | step | output | parameters | from | heads |") && docs.contains("`body.dense1`"),
        "{docs}"
    );
    let visits = fields(&file, "PatientOutputs").remove(0).to_token_stream().to_string();
    assert!(visits.contains("Dense(1, exponential)") && visits.contains("loss `poisson`") && visits.contains("How often."), "{visits}");
    for (name, field, says) in [
        ("PatientInputs", "record", "Input of shape `[5]`."),
        ("PatientInputs", "zone", "Input: a class index below `3`."),
        ("PatientTargets", "health", "`None` where the label is missing."),
        ("PatientReport", "visits", "whose loss is `poisson`"),
        ("Patient", "left_right", "MixtureOfExperts(2, expert = Dense(5, tanh))"),
        ("PatientFirstBlock", "dense1", "From 5 to 6 values, 36 parameters."),
    ] {
        let found = fields(&file, name).into_iter().find(|found| found.ident.as_ref().is_some_and(|ident| ident == field));
        let docs = found.unwrap_or_else(|| panic!("{name}.{field}")).to_token_stream().to_string();
        assert!(docs.contains(says), "{name}.{field}: {docs}");
    }
}

/// A model up to a place, with what is open closed, as an editor does.
fn cut(end: usize) -> String {
    let mut source = MODEL[..end].to_owned();
    let mut open = Vec::new();
    for letter in source.chars() {
        match letter {
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' => drop(open.pop()),
            _ => {}
        }
    }
    source.push('\n');
    source.extend(open.into_iter().rev());
    source
}

/// A field of a generated struct with its type, and all of its own fields where it is a block.
fn typed(file: &File, name: &str, field: &str) -> Option<String> {
    use quote::ToTokens as _;
    let known = file.items.iter().any(|item| matches!(item, Item::Struct(item) if item.ident == name));
    let found = known.then(|| fields(file, name)).into_iter().flatten().find(|found| found.ident.as_ref().is_some_and(|ident| ident == field))?;
    let type_name = found.ty.to_token_stream().to_string();
    let of_block = type_name.split_whitespace().next().filter(|name| name.ends_with("Block"));
    let within = of_block.map_or_else(Vec::new, |name| fields(file, name));
    let within = within.iter().filter(|inner| inner.ident.as_ref().is_some_and(|ident| ident != "__stand_in"));
    let within: Vec<String> = within.map(|inner| format!("{}: {}", inner.ident.to_token_stream(), inner.ty.to_token_stream())).collect();
    Some(format!("{field}: {type_name} {{ {} }}", within.join(", ")))
}

// While a model is being typed, at whatever token, what is whole keeps its fields and their types.
#[test]
fn half_typed_models_give_the_types_of_what_is_whole() {
    let whole = expansion(MODEL);
    let start = MODEL.find('{').expect("the model has a body") + 1;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = MODEL.as_bytes();
    let mut lost = Vec::new();
    for end in (start..MODEL.len()).filter(|&end| !(is_word(bytes[end - 1]) && is_word(bytes[end]))) {
        let source = cut(end);
        let file = expansion(&source);
        for (statement, field, structs) in MAKES {
            let line = MODEL.find(statement).expect("a statement of the model");
            let last = line + MODEL[line..].find('\n').expect("a statement is a line");
            if last > end {
                continue;
            }
            for name in *structs {
                if typed(&file, name, field) != typed(&whole, name, field) {
                    let (kept, wanted) = (typed(&file, name, field), typed(&whole, name, field));
                    lost.push(format!("{name}.{field} is {kept:?} and not {wanted:?} after `{}`", &MODEL[end.saturating_sub(30)..end]));
                }
            }
        }
    }
    assert!(lost.is_empty(), "{} fields are lost:\n{}", lost.len(), lost.iter().take(12).cloned().collect::<Vec<_>>().join("\n"));
}
