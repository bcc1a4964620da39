//! Tests of the whole front end on token streams.

mod lowering;

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
