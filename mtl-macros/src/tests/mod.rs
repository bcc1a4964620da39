//! Tests of the whole front end on token streams.

mod cases;
mod editor;
mod fingerprint;
mod fuzz;
mod habits;
mod int8;
mod lowering;
pub(crate) mod models;
mod mutations;
mod pages;
mod parts;
mod random;
mod rules;
mod sharing;
mod speed;
mod words;

use proc_macro2::TokenStream;

use crate::expand::{Outcome, analyze};
use crate::graph::Graph;

fn facade() -> TokenStream {
    quote::quote!(::mtl)
}

/// The graph of a valid model.
fn graph(source: &str) -> Graph {
    match analyze(source.parse().expect("tokens"), &facade()) {
        Outcome::Graph(graph) => *graph,
        Outcome::Errors { errors, .. } => {
            let messages: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
            panic!("a valid model was rejected:\n{}\n{source}", messages.join("\n"));
        }
    }
}

/// The errors of a model: the source text under each, and its message. The items that stand in for the model must parse.
fn errors(source: &str) -> Vec<(String, String)> {
    match analyze(source.parse().expect("tokens"), &facade()) {
        Outcome::Graph(_) => Vec::new(),
        Outcome::Errors { errors, items } => {
            if let Err(error) = syn::parse2::<syn::File>(items.clone()) {
                panic!("the stand-in does not parse: {error}\n{items}");
            }
            errors
                .iter()
                .map(|error| {
                    let (start, end) = (error.place.start, error.place.end);
                    let text = start.join(end).unwrap_or(start).source_text().unwrap_or_default();
                    (text, error.message.clone())
                })
                .collect()
        }
    }
}
