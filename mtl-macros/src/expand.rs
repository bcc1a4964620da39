//! The driver: tokens of one invocation to the items that stand for it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use proc_macro2::{TokenStream, TokenTree};

use crate::codegen;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::graph::Graph;
use crate::{check, fallback, lower, parse, resolve, shape};

/// What an invocation comes to: a graph, or errors, and items that tell them and stand in for the model.
pub(crate) enum Outcome {
    Graph(Box<Graph>),
    Errors {
        #[cfg_attr(not(test), expect(dead_code, reason = "the items tell them"))]
        errors: Vec<Diagnostic>,
        items: TokenStream,
    },
}

/// Expands `[path of the facade] tokens of the user`.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let (facade, user) = split(input);
    let name = name_of(&user);
    caught(&name, move || items(user, &facade))
}

/// What the work gives. A panic is a fault of the macro: it is an error on the name of the struct, and not one over the whole invocation.
fn caught(name: &TokenTree, work: impl FnOnce() -> TokenStream) -> TokenStream {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        let mut diagnostics = Diagnostics::default();
        let fault = format!("`multitask!` failed at the model `{name}`: {text}");
        diagnostics.report(name, fault, "this is a mistake of the macro and not of yours: please report the declaration");
        diagnostics.finish().iter().map(Diagnostic::tokens).collect()
    })
}

/// The name of the struct, or the first token.
fn name_of(user: &TokenStream) -> TokenTree {
    let mut tokens = user.clone().into_iter();
    let first = tokens.next();
    let mut after = first.clone().into_iter().chain(tokens).skip_while(|token| !matches!(token, TokenTree::Ident(word) if word == "struct"));
    after.nth(1).or(first).unwrap_or_else(|| TokenTree::Ident(proc_macro2::Ident::new("model", proc_macro2::Span::call_site())))
}

fn items(user: TokenStream, facade: &TokenStream) -> TokenStream {
    match analyze(user, facade) {
        Outcome::Graph(graph) => codegen::model(&graph, facade),
        Outcome::Errors { items, .. } => items,
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
    let errors = diagnostics.finish();
    let items = fallback::items(&model, &trace, &errors, facade);
    Outcome::Errors { errors, items }
}

/// The path of the facade, which `macro_rules! multitask` puts in brackets before the user's tokens.
fn split(input: TokenStream) -> (TokenStream, TokenStream) {
    let mut tokens = input.into_iter();
    match tokens.next() {
        Some(TokenTree::Group(facade)) => (facade.stream(), tokens.collect()),
        first => (TokenStream::new(), first.into_iter().chain(tokens).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_that_asks_for_a_report() {
        let user: TokenStream = "/// Docs. \n pub struct Broken { input x: [4]; }".parse().unwrap();
        let name = name_of(&user);
        assert_eq!(name.to_string(), "Broken");
        let text = caught(&name, || panic!("a list of {} was empty", 3)).to_string();
        assert!(text.contains("compile_error") && text.contains("failed at the model `Broken`: a list of 3 was empty"), "{text}");
        assert!(text.contains("please report"), "{text}");
        assert_eq!(name_of(&TokenStream::new()).to_string(), "model");
    }
}
