//! Errors with a place in the user's source. All of one invocation are collected and reported in the order of the source.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// From the first to the last token of what is wrong.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) start: Span,
    pub(crate) end: Span,
}

impl Place {
    pub(crate) fn to(self, last: impl Into<Self>) -> Self {
        Self { start: self.start, end: last.into().end }
    }

    /// The line in the user's file.
    pub(crate) fn line(self) -> usize {
        self.start.start().line
    }

    /// Whether the other one begins here.
    pub(crate) fn contains(self, other: Self) -> bool {
        let end = self.end.end();
        (self.position()..(end.line, end.column)).contains(&other.position())
    }

    /// Where it begins: what errors are sorted by.
    fn position(self) -> (usize, usize) {
        let start = self.start.start();
        (start.line, start.column)
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.position() == other.position() && self.end.end() == other.end.end()
    }
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Self { start: span, end: span }
    }
}

impl From<&Ident> for Place {
    fn from(ident: &Ident) -> Self {
        ident.span().into()
    }
}

impl From<&TokenTree> for Place {
    fn from(token: &TokenTree) -> Self {
        token.span().into()
    }
}

/// One error.
pub(crate) struct Diagnostic {
    pub(crate) place: Place,
    /// The fault in one line, then `flow:` where shapes are concerned, then `help:`.
    pub(crate) message: String,
}

impl Diagnostic {
    /// `::core::compile_error! { "message" }`, so spanned that the compiler underlines the place.
    pub(crate) fn tokens(&self) -> TokenStream {
        let Place { start, end } = self.place;
        let punct = |character, spacing| {
            let mut punct = Punct::new(character, spacing);
            punct.set_span(start);
            TokenTree::Punct(punct)
        };
        let colons = || [punct(':', Spacing::Joint), punct(':', Spacing::Alone)];
        let mut message = Literal::string(&self.message);
        message.set_span(end);
        let mut body = Group::new(Delimiter::Brace, TokenTree::Literal(message).into());
        body.set_span(end);

        let mut tokens = TokenStream::new();
        tokens.extend(colons());
        tokens.extend([TokenTree::Ident(Ident::new("core", start))]);
        tokens.extend(colons());
        tokens.extend([TokenTree::Ident(Ident::new("compile_error", start)), punct('!', Spacing::Alone), TokenTree::Group(body)]);
        tokens
    }
}

/// The errors found so far; every stage adds to them and goes on.
#[derive(Default)]
pub(crate) struct Diagnostics {
    found: Vec<Diagnostic>,
}

impl Diagnostics {
    /// The fault, and the way out of it.
    pub(crate) fn report(&mut self, place: impl Into<Place>, fault: impl AsRef<str>, help: impl AsRef<str>) {
        self.add(place.into(), format!("{}\nhelp: {}", fault.as_ref(), help.as_ref()));
    }

    /// As [`report`](Self::report), with the flow whose shapes are at odds.
    pub(crate) fn report_flow(&mut self, place: impl Into<Place>, fault: impl AsRef<str>, flow: impl AsRef<str>, help: impl AsRef<str>) {
        self.add(place.into(), format!("{}\nflow: {}\nhelp: {}", fault.as_ref(), flow.as_ref(), help.as_ref()));
    }

    /// How many errors there are: to see whether a step of the work added any.
    pub(crate) fn count(&self) -> usize {
        self.found.len()
    }

    /// All errors in the order of the source, each once: the steps of a `layer` are checked at every use.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|diagnostic| diagnostic.place.position());
        self.found.dedup_by(|next, previous| next.place.position() == previous.place.position() && next.message == previous.message);
        self.found
    }

    fn add(&mut self, place: Place, message: String) {
        self.found.push(Diagnostic { place, message });
    }
}
