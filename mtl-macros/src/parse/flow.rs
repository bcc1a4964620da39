//! `SOURCE -> STEP -> ..`

use proc_macro2::{Delimiter, Group, TokenTree};

use super::statement::is_block;
use super::{Cursor, Parser, shown, statement_start};
use crate::ast::{Flow, Source, Term, TermKind};
use crate::diagnostic::Place;

impl Parser<'_> {
    /// Reads a flow up to `,`, `;`, a block, the next statement or the end.
    pub(crate) fn flow(&mut self, cursor: &mut Cursor, owner: Place) -> Flow {
        let before = self.diagnostics.count();
        let start = if cursor.at_end() { owner } else { cursor.place() };
        let source = self.source(cursor, owner);
        let steps = self.steps(cursor);
        Flow { source, steps, broken: self.diagnostics.count() > before, place: start.to(cursor.last_place()) }
    }

    fn source(&mut self, cursor: &mut Cursor, owner: Place) -> Source {
        if let Some(group) = cursor.take_group(Delimiter::Parenthesis) {
            return self.tuple(&group);
        }
        if flow_ends(cursor) {
            self.diagnostics.report(owner, "a flow is missing here", "begin with the name of a value: `record -> Dense(64, relu)`");
            return Source::Broken;
        }
        if cursor.is_arrow(0) {
            self.diagnostics.report(
                cursor.place().to(cursor.peek(1).map_or_else(|| cursor.place(), Place::from)),
                "this flow begins with `->`",
                "begin it with the name of a value: `record -> ..`",
            );
            return Source::Broken;
        }
        if let Some(group) = cursor.take_group(Delimiter::Bracket) {
            let inside = crate::text::inside(&group);
            self.diagnostics.report(group.span(), "values to join stand in parentheses", format!("write `({inside})`"));
            let mut tuple = Group::new(Delimiter::Parenthesis, group.stream());
            tuple.set_span(group.span());
            return self.tuple(&tuple);
        }
        // `Concat(a, b)`
        if let (Some(name), Some(group)) = (cursor.ident(0).cloned(), cursor.group(1, Delimiter::Parenthesis).cloned())
            && let Some(step) = joins(&name)
        {
            let place = Place::from(&name).to(group.span());
            let help = format!("write `({}) -> {step}`", crate::text::inside(&group));
            self.diagnostics.report(place, format!("a flow begins with a value, and `{name}(..)` is none"), help);
            cursor.skip(2);
            return Source::Broken;
        }
        let term = self.term(cursor, "the name of a value");
        match term.kind {
            TermKind::Name(name, None) => Source::Name(name),
            TermKind::Broken => Source::Broken,
            _ => {
                let text = crate::text::term(&term);
                // `Dense(64)(x)`
                let called = cursor.take_group(Delimiter::Parenthesis).map(|group| crate::text::inside(&group));
                let help = match &term.kind {
                    TermKind::Name(..) if called.is_some() => {
                        let value = called.unwrap_or_default();
                        format!("write `{} -> {text}`", if value.contains(',') { format!("({value})") } else { value })
                    }
                    TermKind::Name(..) | TermKind::Path(_) | TermKind::Module(_) => {
                        format!("put the name of a value before it, `record -> {text}`, or declare steps to apply by name: `layer tower = {text};`")
                    }
                    _ => "begin with the name of an input or another value: `record -> ..`".into(),
                };
                self.diagnostics.report(term.place, format!("a flow begins with a value, and `{text}` is none"), help);
                Source::Broken
            }
        }
    }

    fn tuple(&mut self, group: &Group) -> Source {
        let mut cursor = Cursor::of_group(group);
        let mut flows = Vec::new();
        let place = Place::from(group.span_open()).to(group.span_close());
        if cursor.at_end() {
            self.diagnostics.report(place, "this tuple is empty", "name the values to join: `(left, right) -> Concat`");
            return Source::Broken;
        }
        while !cursor.at_end() {
            flows.push(self.flow(&mut cursor, place));
            if !cursor.at_end() && !cursor.take_punct(',') {
                let found = cursor.peek(0).map_or_else(String::new, shown);
                self.diagnostics.report(
                    cursor.place(),
                    format!("expected `,` between the flows of a tuple, found {found}"),
                    "separate the flows by `,`",
                );
                while !cursor.at_end() && !cursor.take_punct(',') {
                    cursor.skip(1);
                }
            }
        }
        Source::Tuple(flows, place)
    }

    /// `-> STEP -> STEP`
    pub(crate) fn steps(&mut self, cursor: &mut Cursor) -> Vec<Term> {
        let mut steps = Vec::new();
        while let Some(arrow) = self.arrow(cursor) {
            if flow_ends(cursor) || cursor.is_arrow(0) {
                self.diagnostics.report(arrow, "no step follows this `->`", "write the step that it leads to, or take it out");
                continue;
            }
            if let Some(group) = cursor.take_group(Delimiter::Parenthesis) {
                self.diagnostics.report(
                    group.span_open(),
                    "a tuple stands where a step belongs",
                    "tuples of values begin a flow: `(a, b) -> Concat`; name this flow with `let` and begin another",
                );
                steps.push(Term { kind: TermKind::Broken, place: group.span().into() });
                continue;
            }
            steps.push(self.term(cursor, "a step"));
        }
        steps
    }

    /// Takes `->`, or what was meant to be one.
    fn arrow(&mut self, cursor: &mut Cursor) -> Option<Place> {
        let place = cursor.place();
        if cursor.is_arrow(0) {
            cursor.skip(2);
            return Some(place.to(cursor.last_place()));
        }
        if flow_ends(cursor) {
            return None;
        }
        let token = cursor.peek(0)?.clone();
        let found = shown(&token);
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '.' && cursor.ident(1).is_some() => {
                self.diagnostics.report(
                    place,
                    "a flow does not reach into a value",
                    "name what is meant with `let`, and begin a flow with that name",
                );
                cursor.skip(2);
                self.arrow(cursor)
            }
            TokenTree::Punct(punct) if matches!(punct.as_char(), '+' | '*') && cursor.ident(1).is_some() => {
                let step = if punct.as_char() == '+' { "Add" } else { "Multiply" };
                self.diagnostics.report(place, "values are joined by a step", format!("write `(left, right) -> {step}`"));
                cursor.skip(2);
                self.arrow(cursor)
            }
            TokenTree::Punct(_) => {
                let mut text = String::new();
                while let Some(TokenTree::Punct(punct)) = cursor.peek(0)
                    && !flow_ends(cursor)
                    && text.len() < 2
                    && "-=><|.~:+&*/".contains(punct.as_char())
                    && (text.is_empty() || !cursor.is_arrow(0))
                {
                    text.push(punct.as_char());
                    cursor.skip(1);
                }
                if text.is_empty() {
                    cursor.skip(1);
                    self.diagnostics.report(place, format!("expected `->` and a step, found {found}"), format!("take {found} out"));
                } else {
                    self.diagnostics.report(place.to(cursor.last_place()), format!("expected `->`, found `{text}`"), "steps are joined by `->`");
                }
                if cursor.is_arrow(0) || flow_ends(cursor) { self.arrow(cursor) } else { Some(place) }
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
                cursor.skip(1);
                self.diagnostics.report(group.span_open(), "these parentheses belong to no step", "arguments stand right after the name of a layer");
                self.arrow(cursor)
            }
            TokenTree::Group(_) | TokenTree::Literal(_) => {
                cursor.skip(1);
                self.diagnostics.report(
                    place,
                    format!("expected `->` and a step, found {found}"),
                    "steps are joined by `->`, and their arguments stand in parentheses: `Dense(64)`",
                );
                self.arrow(cursor)
            }
            TokenTree::Ident(_) => {
                self.diagnostics.report(place, format!("a `->` is missing before {found}"), "steps are joined by `->`");
                Some(place)
            }
        }
    }
}

/// The step that joins values, of a function that others have for it.
fn joins(name: &proc_macro2::Ident) -> Option<&'static str> {
    let name = name.to_string().to_lowercase();
    [
        ("concat", "Concat"),
        ("cat", "Concat"),
        ("concatenate", "Concat"),
        ("stack", "Concat"),
        ("add", "Add"),
        ("sum", "Add"),
        ("multiply", "Multiply"),
    ]
    .into_iter()
    .find_map(|(other, own)| (other == name).then_some(own))
}

/// The flow cannot go on here.
fn flow_ends(cursor: &Cursor) -> bool {
    cursor.at_end()
        || cursor.is_punct(0, ';')
        || cursor.is_punct(0, ',')
        || cursor.is_punct(0, '#')
        || cursor.group(0, Delimiter::Brace).is_some()
        || [Delimiter::Parenthesis, Delimiter::Bracket].into_iter().any(|delimiter| cursor.group(0, delimiter).is_some_and(is_block))
        || statement_start(cursor, 0).is_some()
}
