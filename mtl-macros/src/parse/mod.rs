//! Tokens to syntax tree. Every mistake is reported and passed over, so that all of a model is read.

mod block;
mod budget;
mod cursor;
mod flow;
mod header;
mod part;
mod statement;
mod term;
mod tie;

pub(crate) use cursor::Cursor;

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};

use crate::ast::{Budget, Model, Part, Tie};
use crate::diagnostic::{Diagnostics, Place};
use crate::vocabulary;

/// The parser of one invocation: a place for what it finds wrong.
pub(crate) struct Parser<'a> {
    pub(crate) diagnostics: &'a mut Diagnostics,
    /// A statement could not be read at all: what it defines and uses is not known.
    pub(crate) lost: bool,
    pub(crate) ties: Vec<Tie>,
    pub(crate) budgets: Vec<Budget>,
    pub(crate) parts: Vec<Part>,
}

/// Reads a whole invocation.
pub(crate) fn model(diagnostics: &mut Diagnostics, tokens: TokenStream) -> Model {
    let owner = tokens.clone().into_iter().next().map_or_else(Span::call_site, |first| first.span());
    let mut cursor = Cursor::new(tokens, owner);
    let mut parser = Parser { diagnostics, lost: false, ties: Vec::new(), budgets: Vec::new(), parts: Vec::new() };
    parser.model(&mut cursor)
}

/// The word that begins a statement, if one begins `ahead`: a keyword and a name, or a keyword and a tuple of names.
fn statement_start(cursor: &Cursor, ahead: usize) -> Option<&Ident> {
    let keyword = cursor.ident(ahead)?;
    if !vocabulary::STATEMENTS.iter().any(|statement| keyword == statement) {
        return None;
    }
    match cursor.peek(ahead + 1)? {
        TokenTree::Ident(_) => {
            // `head body -> ..` in place of a flow would be a slip too, but a name with `=` or `:` after it is a statement for sure.
            (cursor.is_punct(ahead + 2, '=') || cursor.is_colon(ahead + 2)).then_some(keyword)
        }
        TokenTree::Group(_) if keyword == "let" => Some(keyword),
        TokenTree::Group(group) if keyword == "tie" => {
            let block = cursor.group(ahead + 2, Delimiter::Brace).is_some();
            (group.delimiter() == Delimiter::Parenthesis && block).then_some(keyword)
        }
        // A value called `budget` may stand before the block of a head.
        TokenTree::Group(group) if keyword == "budget" => {
            let of_a_head =
                matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(first)) if vocabulary::HEAD_KEYS.iter().any(|key| first == key));
            (group.delimiter() == Delimiter::Brace && !of_a_head).then_some(keyword)
        }
        _ => None,
    }
}

/// A name that Rust could use for a field.
pub(crate) fn is_plain_name(ident: &Ident) -> bool {
    syn::parse_str::<Ident>(&ident.to_string()).is_ok() && !ident.to_string().starts_with("r#")
}

/// A token as a message shows it.
fn shown(token: &TokenTree) -> String {
    match token {
        TokenTree::Group(group) => match group.delimiter() {
            proc_macro2::Delimiter::Parenthesis => "`(`".into(),
            proc_macro2::Delimiter::Bracket => "`[`".into(),
            proc_macro2::Delimiter::Brace => "`{`".into(),
            proc_macro2::Delimiter::None => "an expression".into(),
        },
        other => format!("`{other}`"),
    }
}

/// The error of a syn parser, moved inside `fallback` if it stands at the end of the input.
fn place_of(error: &syn::Error, fallback: Place, tokens: &TokenStream) -> Place {
    let last = tokens.clone().into_iter().last();
    let inside = tokens.clone().into_iter().any(|token| {
        let (span, error) = (token.span(), error.span());
        (span.start().line, span.start().column) <= (error.start().line, error.start().column)
            && (error.end().line, error.end().column) <= (span.end().line, span.end().column)
            && span.start() != span.end()
    });
    if inside { error.span().into() } else { last.map_or(fallback, |token| Place::from(&token)) }
}
