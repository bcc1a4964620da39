//! Tokens to syntax tree. Every mistake is reported and passed over, so that all of a model is read.

mod block;
mod budget;
mod column;
mod cursor;
mod flow;
mod header;
mod part;
mod statement;
pub(crate) mod table;
mod term;
mod tie;

pub(crate) use cursor::Cursor;

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Ident, Spacing, Span, TokenStream, TokenTree};

use crate::ast::{Budget, Model, Part, Reading, Tie};
use crate::codegen::{is_kept, words};
use crate::diagnostic::{Diagnostics, Place};
use crate::vocabulary::{HeadKey, Statement};

/// The parser of one invocation: a place for what it finds wrong.
pub(crate) struct Parser<'a> {
    pub(crate) diagnostics: &'a mut Diagnostics,
    /// How much could be read so far.
    pub(crate) reading: Reading,
    pub(crate) ties: Vec<Tie>,
    pub(crate) budgets: Vec<Budget>,
    pub(crate) parts: Vec<Part>,
}

/// Reads a whole invocation.
pub(crate) fn model(diagnostics: &mut Diagnostics, tokens: TokenStream) -> Model {
    let owner = tokens.clone().into_iter().next().map_or_else(Span::call_site, |first| first.span());
    let words = words(tokens.clone());
    let mut cursor = Cursor::new(tokens.clone(), owner);
    let mut parser = Parser { diagnostics, reading: Reading::Whole, ties: Vec::new(), budgets: Vec::new(), parts: Vec::new() };
    parser.kept_words(tokens, &words);
    Model { words, ..parser.model(&mut cursor) }
}

impl Parser<'_> {
    // A constant of that name would be taken for a binding of the generated code, and a head for a field of it.
    fn kept_words(&mut self, tokens: TokenStream, words: &BTreeSet<String>) {
        if !words.iter().any(|word| is_kept(word)) {
            return;
        }
        let (mut colons, mut joint) = (false, false);
        for token in tokens {
            match &token {
                TokenTree::Ident(word) if is_kept(&word.to_string()) && !colons => {
                    let fault = format!("`{word}` is a name of the generated code");
                    self.diagnostics.report(word, fault, "choose another name, or reach what has it by a path: `self::..`");
                }
                TokenTree::Group(group) => self.kept_words(group.stream(), words),
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            let is_colon = |spacing| matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':' && spacing == punct.spacing());
            (colons, joint) = (joint && is_colon(Spacing::Alone), is_colon(Spacing::Joint));
        }
    }
}

/// The word that begins a statement, if one begins `ahead`: a keyword and a name, or a keyword and a tuple of names.
fn statement_start(cursor: &Cursor, ahead: usize) -> Option<&Ident> {
    let keyword = cursor.ident(ahead)?;
    let word = Statement::find(&keyword.to_string())?;
    match (cursor.peek(ahead + 1)?, word) {
        (TokenTree::Ident(_), _) => {
            // `head body -> ..` in place of a flow would be a slip too, but a name with `=` or `:` after it is a statement for sure.
            (cursor.is_punct(ahead + 2, '=') || cursor.is_colon(ahead + 2)).then_some(keyword)
        }
        (TokenTree::Group(_), Statement::Let) => Some(keyword),
        (TokenTree::Group(group), Statement::Tie) => {
            let block = cursor.group(ahead + 2, Delimiter::Brace).is_some();
            (group.delimiter() == Delimiter::Parenthesis && block).then_some(keyword)
        }
        // A value called `budget` may stand before the block of a head.
        (TokenTree::Group(group), Statement::Budget) => {
            let of_a_head = matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(first)) if HeadKey::find(&first.to_string()).is_some());
            (group.delimiter() == Delimiter::Brace && !of_a_head).then_some(keyword)
        }
        _ => None,
    }
}

/// A name that Rust takes for a field: no keyword, or one as `r#type`. In the edition of 2024 `gen` has become a keyword.
pub(crate) fn is_name(ident: &Ident) -> bool {
    let text = ident.to_string();
    text != "gen" && syn::parse_str::<Ident>(&text).is_ok()
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
