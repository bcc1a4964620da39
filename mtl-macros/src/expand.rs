//! The driver: tokens of one invocation to the items that stand for it.

use proc_macro2::{TokenStream, TokenTree};

use crate::codegen;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::graph::Graph;
use crate::{check, fallback, lower, parse, resolve, shape};

/// What an invocation comes to: a graph, or errors and the items that stand in for the model.
pub(crate) enum Outcome {
    Graph(Box<Graph>),
    Errors { errors: Vec<Diagnostic>, items: TokenStream },
}

/// Expands `[path of the facade] tokens of the user`.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let (facade, user) = split(input);
    match analyze(user, &facade) {
        Outcome::Graph(graph) => codegen::model(&graph, &facade),
        Outcome::Errors { errors, items } => {
            let mut tokens: TokenStream = errors.iter().map(Diagnostic::tokens).collect();
            tokens.extend(items);
            tokens
        }
    }
}

/// Everything from the user's tokens to the graph.
pub(crate) fn analyze(user: TokenStream, facade: &TokenStream) -> Outcome {
    let mut diagnostics = Diagnostics::default();
    let syntax = parse::model(&mut diagnostics, user);
    let model = resolve::names(&mut diagnostics, &syntax, facade);
    let mut trace = shape::infer(&mut diagnostics, &model, facade);
    let assertions = check::all(&mut diagnostics, &model, &trace);
    if diagnostics.count() == 0 {
        if let Some(graph) = lower::graph(&model, &mut trace, assertions) {
            return Outcome::Graph(Box::new(graph));
        }
        // Whatever keeps a model from being generated is an error above; should one be missed, the user still hears of it.
        if let Some(name) = &syntax.name {
            diagnostics.report(name, format!("the model `{name}` cannot be generated"), "please report this model: its mistake was not found");
        }
    }
    Outcome::Errors { errors: diagnostics.finish(), items: fallback::items(&model, &trace, facade) }
}

/// The path of the facade, which `macro_rules! multitask` puts in brackets before the user's tokens.
fn split(input: TokenStream) -> (TokenStream, TokenStream) {
    let mut tokens = input.into_iter();
    match tokens.next() {
        Some(TokenTree::Group(facade)) => (facade.stream(), tokens.collect()),
        first => (TokenStream::new(), first.into_iter().chain(tokens).collect()),
    }
}
