//! What an editor shows, as far as it can be tested without one: places of generated items, their docs, and half-typed models.

use proc_macro2::TokenStream;
use syn::{Fields, File, Item};

use super::facade;
use crate::codegen;
use crate::expand::{Outcome, analyze};

const MODEL: &str = "/// A model.
pub struct Patient {
    /// What is known.
    input record: [5];
    input zone: class(3);
    shared body = (record, zone -> Embedding(2)) -> Concat -> Dense(8, relu);
    head visits = body -> Dense(1, exponential) { loss: poisson, metrics: [mae] }
    head health = body -> Dense(4, softmax) { loss: categorical_cross_entropy, labels: partial }
}";

fn expansion(source: &str) -> File {
    let tokens: TokenStream = source.parse().expect("tokens");
    let items = match analyze(tokens, &facade()) {
        Outcome::Graph(graph) => codegen::model(&graph, &facade()),
        Outcome::Errors { items, .. } => items,
    };
    syn::parse2(items).expect("the expansion is items")
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

fn field_names(file: &File, name: &str) -> Vec<String> {
    fields(file, name).iter().filter_map(|field| field.ident.as_ref().map(ToString::to_string)).collect()
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
    for (name, expected) in [
        ("Patient", &["body", "visits", "health"][..]),
        ("PatientInputs", &["record", "zone"]),
        ("PatientOutputs", &["visits", "health"]),
        ("PatientTargets", &["visits", "health"]),
        ("PatientLosses", &["visits", "health"]),
    ] {
        for wanted in expected {
            let fields = fields(&file, name);
            let field =
                fields.iter().find_map(|field| field.ident.as_ref().filter(|ident| *ident == wanted)).unwrap_or_else(|| panic!("{name}.{wanted}"));
            assert_eq!(field.span().source_text().as_deref(), Some(*wanted), "the span of {name}.{wanted}");
        }
    }
    for item in &file.items {
        if let Item::Struct(item) = item
            && !item.ident.to_string().contains("Block")
        {
            assert_eq!(item.ident.span().source_text().as_deref(), Some("Patient"), "the span of {}", item.ident);
        }
    }
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
    assert!(visits.contains("Dense(1, exponential)") && visits.contains("loss `poisson`"), "{visits}");
}

// While a model is being typed, what is whole keeps its fields.
#[test]
fn half_typed_models_give_the_types_of_what_is_whole() {
    for (cut, inputs, outputs) in [
        ("metrics: [mae] }", &["record", "zone"][..], &["visits"][..]),
        ("head health = body ->", &["record", "zone"], &["visits", "health"]),
        ("head health = body -> Dense(4, soft", &["record", "zone"], &["visits", "health"]),
        ("loss: poisson, met", &["record", "zone"], &["visits"]),
        ("input zone:", &["record", "zone"], &[]),
    ] {
        let end = MODEL.find(cut).unwrap_or_else(|| panic!("`{cut}`")) + cut.len();
        // Editors close what is open.
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
        source.extend(open.into_iter().rev());
        let file = expansion(&source);
        assert_eq!(field_names(&file, "PatientInputs"), inputs, "{source}");
        let given = field_names(&file, "PatientOutputs");
        assert!(outputs.iter().all(|output| given.iter().any(|name| name == output)), "{given:?} {source}");
    }
}
