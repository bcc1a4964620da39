//! Walking over token trees without ever running past their end.

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};

use super::is_name;
use crate::diagnostic::Place;

/// A position in a list of token trees.
pub(crate) struct Cursor {
    tokens: Vec<TokenTree>,
    position: usize,
    /// What is unfinished if the tokens run out.
    owner: Place,
}

impl Cursor {
    /// Invisible groups around a single token, which `macro_rules` leaves around what it passed on, are taken off.
    pub(crate) fn new(stream: TokenStream, owner: impl Into<Place>) -> Self {
        Self { tokens: stream.into_iter().map(bare).collect(), position: 0, owner: owner.into() }
    }

    pub(crate) fn of_group(group: &Group) -> Self {
        Self::new(group.stream(), group.span())
    }

    pub(crate) fn at_end(&self) -> bool {
        self.position >= self.tokens.len()
    }

    pub(crate) fn peek(&self, ahead: usize) -> Option<&TokenTree> {
        self.tokens.get(self.position + ahead)
    }

    pub(crate) fn next(&mut self) -> Option<TokenTree> {
        let token = self.tokens.get(self.position).cloned();
        self.position += usize::from(token.is_some());
        token
    }

    pub(crate) fn skip(&mut self, count: usize) {
        self.position = (self.position + count).min(self.tokens.len());
    }

    /// The place of the next token; at the end that of the last one.
    pub(crate) fn place(&self) -> Place {
        self.peek(0).map_or_else(|| self.last_place(), Place::from)
    }

    /// The place of the token before; of what is unfinished if there is none.
    pub(crate) fn last_place(&self) -> Place {
        self.position.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(self.owner, Place::from)
    }

    pub(crate) fn ident(&self, ahead: usize) -> Option<&Ident> {
        match self.peek(ahead) {
            Some(TokenTree::Ident(ident)) => Some(ident),
            _ => None,
        }
    }

    pub(crate) fn is_punct(&self, ahead: usize, character: char) -> bool {
        matches!(self.peek(ahead), Some(TokenTree::Punct(punct)) if punct.as_char() == character)
    }

    fn is_joint(&self, ahead: usize, character: char) -> bool {
        matches!(self.peek(ahead), Some(TokenTree::Punct(punct)) if punct.as_char() == character && punct.spacing() == Spacing::Joint)
    }

    /// `::`
    pub(crate) fn is_path_separator(&self, ahead: usize) -> bool {
        self.is_joint(ahead, ':') && self.is_punct(ahead + 1, ':')
    }

    /// `->`
    pub(crate) fn is_arrow(&self, ahead: usize) -> bool {
        self.is_joint(ahead, '-') && self.is_punct(ahead + 1, '>')
    }

    /// `:` that is not the beginning of `::`.
    pub(crate) fn is_colon(&self, ahead: usize) -> bool {
        self.is_punct(ahead, ':') && !self.is_path_separator(ahead)
    }

    /// `=` that is not the beginning of `==` or `=>`.
    pub(crate) fn is_equals(&self, ahead: usize) -> bool {
        self.is_punct(ahead, '=') && !(self.is_joint(ahead, '=') && (self.is_punct(ahead + 1, '=') || self.is_punct(ahead + 1, '>')))
    }

    pub(crate) fn group(&self, ahead: usize, delimiter: Delimiter) -> Option<&Group> {
        match self.peek(ahead) {
            Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
            _ => None,
        }
    }

    pub(crate) fn take_punct(&mut self, character: char) -> bool {
        let there = self.is_punct(0, character);
        self.position += usize::from(there);
        there
    }

    pub(crate) fn take_group(&mut self, delimiter: Delimiter) -> Option<Group> {
        let group = self.group(0, delimiter).cloned();
        self.position += usize::from(group.is_some());
        group
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// The tokens from an earlier position to here.
    pub(crate) fn since(&self, start: usize) -> TokenStream {
        self.tokens[start.min(self.position)..self.position].iter().cloned().collect()
    }
}

fn bare(token: TokenTree) -> TokenTree {
    if let TokenTree::Group(group) = &token
        && group.delimiter() == Delimiter::None
    {
        let mut inner = group.stream().into_iter();
        if let (Some(only), None) = (inner.next(), inner.next()) {
            return bare(only);
        }
    }
    // `r#word` is `word` where that is no keyword.
    if let TokenTree::Ident(word) = &token
        && let Some(plain) = word.to_string().strip_prefix("r#").filter(|plain| is_name(&Ident::new(plain, word.span())))
    {
        return TokenTree::Ident(Ident::new(plain, word.span()));
    }
    token
}
