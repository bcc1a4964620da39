//! The procedural macro behind `multitask!`. Use it through the facade, which tells it its own path.

mod arguments;
mod assertion;
mod ast;
mod bounds;
mod case;
mod category;
mod check;
mod codegen;
mod custom;
mod diagnostic;
mod emit;
mod expand;
mod fallback;
mod foreign;
mod function;
mod graph;
mod head;
mod lower;
mod named_sizes;
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
mod unknown;
mod vocabulary;

/// Makes an enum of variants without fields a type of categories: the text of each is its name, or what `#[category("text")]` on it says;
/// `#[category(unknown)]` on the last makes it stand for all that is none of the others.
///
/// A facade of another name is told by `#[category(crate = path)]` on the enum.
#[proc_macro_derive(Category, attributes(category))]
pub fn derive_category(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    category::derive(input.into()).into()
}

/// Expands one model; `multitask!` of the facade calls it with the facade's path in brackets first.
#[doc(hidden)]
#[proc_macro]
pub fn multitask_impl(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand::expand(input.into()).into()
}
