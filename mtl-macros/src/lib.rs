//! The procedural macro behind `multitask!`. Use it through the facade, which tells it its own path.

mod arguments;
mod assertion;
mod ast;
mod bounds;
mod case;
mod check;
mod codegen;
mod custom;
mod diagnostic;
mod emit;
mod expand;
mod fallback;
mod function;
mod graph;
mod head;
mod lower;
mod number;
mod parse;
mod part;
mod resolve;
mod shape;
mod size;
mod step;
mod suggest;
#[cfg(test)]
mod tests;
mod text;
mod unify;
mod vocabulary;

/// Expands one model; `multitask!` of the facade calls it with the facade's path in brackets first.
#[doc(hidden)]
#[proc_macro]
pub fn multitask_impl(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand::expand(input.into()).into()
}
