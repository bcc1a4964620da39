//! Around the statements: attributes, visibility, the struct's name and its generics.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;

use super::column::Attributes;
use super::{Cursor, Parser, is_name, shown, statement_start};
use crate::ast::{Generic, Model, Reading};
use crate::diagnostic::Place;
use crate::suggest;

/// What the generated struct derives.
const DERIVED: &[&str] = &["Clone", "Copy", "Debug", "PartialEq"];

impl Parser<'_> {
    pub(crate) fn model(&mut self, cursor: &mut Cursor) -> Model {
        let mut model = Model {
            words: BTreeSet::new(),
            attributes: TokenStream::new(),
            independent: false,
            int8: false,
            visibility: TokenStream::new(),
            keyword: Span::call_site(),
            name: None,
            generics: Vec::new(),
            statements: Vec::new(),
            ties: Vec::new(),
            budgets: Vec::new(),
            parts: Vec::new(),
            reading: Reading::Misread,
        };
        for attribute in self.attributes(cursor) {
            if is_word(&attribute, "independent") {
                model.independent = true;
            } else if names_int8(&attribute) {
                self.int8(&attribute, model.int8);
                model.int8 = true;
            } else if let Some(word) = meant_int8(&attribute) {
                self.diagnostics.report(&word, format!("there is no attribute `{word}`"), "write `#[int8]` for a form of the model in eight bits");
                model.int8 = true;
            } else {
                model.attributes.extend(self.without_own_derives(attribute));
            }
        }
        if cursor.at_end() {
            self.diagnostics.report(
                cursor.last_place(),
                "a model is missing here",
                "declare one: `pub struct Model { input x: [4]; head y = x -> Dense(1) { loss: mse } }`",
            );
            return model;
        }
        model.visibility = visibility(cursor);

        model.keyword = cursor.place().start;
        let Some(name) = self.name(cursor) else { return model };
        if !is_name(&name) {
            self.diagnostics.report(&name, format!("`{name}` cannot be the name of a struct"), "choose a name in CamelCase, such as `Model`");
            return model;
        }
        model.name = Some(name.clone());
        if cursor.is_punct(0, '<') {
            model.generics = self.const_generics(cursor);
        }
        let Some(body) = self.body(cursor, &name) else { return model };
        for generic in &model.generics {
            // One that could not be read is told already.
            if self.diagnostics.count() == 0 && !uses(body.stream(), &generic.name) {
                let fault = format!("nothing uses the parameter `{}`", generic.name);
                self.diagnostics.report(&generic.name, fault, "take it out, or size something by it: `input x: [N];`");
            }
        }
        let mut inner = Cursor::of_group(&body);
        model.statements = self.statements(&mut inner);
        model.ties = std::mem::take(&mut self.ties);
        model.budgets = std::mem::take(&mut self.budgets);
        model.parts = std::mem::take(&mut self.parts);
        model.reading = self.reading;
        self.nothing_after(cursor, &name);
        model
    }

    /// `#[int8]` before the struct; `again` if there was one before.
    fn int8(&mut self, attribute: &TokenStream, again: bool) {
        if !is_word(attribute, "int8") {
            self.diagnostics.report(place_of(attribute), "`#[int8]` takes no arguments", "write `#[int8]`");
        } else if again {
            self.diagnostics.report(place_of(attribute), "`#[int8]` stands here twice", "take one of them out");
        }
    }

    /// The attributes of a statement, which has no form in eight bits of its own.
    pub(super) fn statement_attributes(&mut self, cursor: &mut Cursor) -> Attributes {
        let attributes = self.attributes(cursor);
        for attribute in attributes.iter().filter(|attribute| names_int8(attribute)) {
            let help = "write it before `struct`: the whole model gets a form in eight bits";
            self.diagnostics.report(place_of(attribute), "`#[int8]` stands before a statement", help);
        }
        let (conditions, attributes): (Vec<_>, Vec<_>) = attributes.into_iter().filter(|attribute| !names_int8(attribute)).partition(is_condition);
        for condition in conditions {
            let help = "declare two models, each under its own `#[cfg]`, or a `part` with the heads that are always there";
            self.diagnostics.report(
                place_of(&condition),
                "a statement cannot be there on a condition: the whole graph is known when the macro runs",
                help,
            );
        }
        self.title(attributes)
    }

    /// An attribute on the struct without the traits that every model has: Rust would reject the second implementation under the whole model.
    fn without_own_derives(&mut self, attribute: TokenStream) -> TokenStream {
        let parsed = syn::parse::Parser::parse2(syn::Attribute::parse_outer, attribute.clone());
        let Some(derive) = parsed.ok().and_then(|mut attributes| attributes.pop()) else { return attribute };
        if derive.path().is_ident("repr") {
            let fault = "a model is `repr(C)` already: its memory is one slice of numbers";
            self.diagnostics.report(&derive.path().segments[0].ident, fault, "take this attribute out");
            return TokenStream::new();
        }
        let entries = syn::punctuated::Punctuated::<syn::Path, syn::Token![,]>::parse_terminated;
        let Some(entries) = derive.path().is_ident("derive").then(|| derive.parse_args_with(entries)).and_then(Result::ok) else { return attribute };
        let mut kept = Vec::new();
        for entry in entries {
            match entry.segments.last().map(|last| &last.ident) {
                Some(name) if DERIVED.iter().any(|derived| name == derived) => {
                    let all = suggest::list(DERIVED.iter().copied());
                    self.diagnostics.report(name, format!("every model is `{name}` already"), format!("take it out: {all} come with the model"));
                }
                _ => kept.push(entry),
            }
        }
        quote::quote!(#[derive(#(#kept),*)])
    }

    /// `#[..]`, each as its own tokens.
    pub(super) fn attributes(&mut self, cursor: &mut Cursor) -> Vec<TokenStream> {
        let mut attributes = Vec::new();
        while cursor.is_punct(0, '#') {
            let start = cursor.position();
            if cursor.group(1, Delimiter::Bracket).is_none() {
                self.diagnostics.report(cursor.place(), "this `#` begins no attribute", "write `//` for a comment, `#[..]`, or take it out");
                let line = cursor.place().line();
                cursor.skip(1);
                // The rest of the line is what the comment says, unless it is a statement.
                while !cursor.at_end() && cursor.place().line() == line && statement_start(cursor, 0).is_none() {
                    cursor.skip(1);
                }
                continue;
            }
            let place = cursor.place();
            cursor.skip(2);
            let tokens = cursor.since(start);
            if syn::parse::Parser::parse2(syn::Attribute::parse_outer, tokens.clone()).is_ok() {
                attributes.push(tokens);
            } else {
                self.diagnostics.report(
                    place.to(cursor.last_place()),
                    "this is not an attribute of Rust",
                    "write it as on a struct: `#[derive(Debug)]`",
                );
            }
        }
        attributes
    }

    /// `struct NAME`
    fn name(&mut self, cursor: &mut Cursor) -> Option<Ident> {
        let place = cursor.place();
        match cursor.ident(0).cloned() {
            Some(word) if word == "struct" => {
                cursor.skip(1);
                if let Some(name) = cursor.ident(0).cloned() {
                    cursor.skip(1);
                    return Some(name);
                }
                self.diagnostics.report(place, "this struct has no name", "name the model: `struct Model { .. }`");
                None
            }
            Some(word) if cursor.ident(1).is_some_and(|next| next == "struct") => {
                let name = cursor.ident(2).map_or_else(|| "Model".to_owned(), ToString::to_string);
                let help = format!("write `pub struct {name} {{ .. }}`, or `struct {name} {{ .. }}` for this module alone");
                self.diagnostics.report(&word, format!("`{word}` is no visibility of Rust"), help);
                cursor.skip(1);
                self.name(cursor)
            }
            Some(word) => {
                cursor.skip(1);
                let followed_by_name = cursor.ident(0).cloned();
                if let Some(name) = followed_by_name {
                    self.diagnostics.report(
                        &word,
                        format!("a model is declared as a struct, not with `{word}`"),
                        format!("write `struct {name} {{ .. }}`"),
                    );
                    cursor.skip(1);
                    return Some(name);
                }
                self.diagnostics.report(&word, format!("`struct` is missing before `{word}`"), format!("write `struct {word} {{ .. }}`"));
                Some(word)
            }
            None => {
                let found = cursor.peek(0).map_or_else(|| "nothing".into(), shown);
                self.diagnostics.report(place, format!("expected `struct` and the name of the model, found {found}"), "write `struct Model { .. }`");
                None
            }
        }
    }

    /// The braces with the statements in them.
    fn body(&mut self, cursor: &mut Cursor, name: &Ident) -> Option<Group> {
        if let Some(body) = cursor.take_group(Delimiter::Brace) {
            return Some(body);
        }
        if let Some(token) = cursor.peek(0).cloned() {
            self.diagnostics.report(
                &token,
                format!("expected `{{` after `{name}`, found {}", shown(&token)),
                format!("write `struct {name} {{ .. }}`"),
            );
            while !cursor.at_end() && cursor.group(0, Delimiter::Brace).is_none() {
                cursor.skip(1);
            }
            return cursor.take_group(Delimiter::Brace);
        }
        self.diagnostics.report(
            name,
            format!("the model `{name}` has no body"),
            format!("write its inputs and heads in braces: `struct {name} {{ .. }}`"),
        );
        None
    }

    fn nothing_after(&mut self, cursor: &Cursor, name: &Ident) {
        if let Some(token) = cursor.peek(0) {
            self.diagnostics.report(
                token,
                format!("{} stands after the model `{name}`", shown(token)),
                "one `multitask!` declares one model; declare another in an invocation of its own",
            );
        }
    }

    /// `<const FEATURES: usize, const CLASSES: usize = 3>`
    fn const_generics(&mut self, cursor: &mut Cursor) -> Vec<Generic> {
        const HELP: &str = "a model takes const generics: `<const FEATURES: usize>`";
        let mut generics: Vec<Generic> = Vec::new();
        let open = cursor.place();
        cursor.skip(1);
        loop {
            if cursor.take_punct('>') {
                return generics;
            }
            if cursor.at_end() || cursor.group(0, Delimiter::Brace).is_some() {
                self.diagnostics.report(open, "this `<` is not closed", HELP);
                return generics;
            }
            let place = cursor.place();
            if !matches!(cursor.ident(0), Some(word) if word == "const") {
                let found = cursor.peek(0).map_or_else(String::new, shown);
                self.diagnostics.report(place, format!("expected `const`, found {found}"), HELP);
                skip_generic(cursor);
                continue;
            }
            cursor.skip(1);
            let Some(name) = cursor.ident(0).cloned() else {
                self.diagnostics.report(place, "this `const` has no name", HELP);
                skip_generic(cursor);
                continue;
            };
            cursor.skip(1);
            let typed = cursor.is_colon(0) && matches!(cursor.ident(1), Some(word) if word == "usize");
            if !typed {
                let found =
                    cursor.ident(1).filter(|_| cursor.is_colon(0)).map_or_else(|| "has no type".to_owned(), |found| format!("is a `{found}`"));
                self.diagnostics.report(&name, format!("`{name}` must be a `usize`, and {found}"), format!("write `const {name}: usize`"));
                skip_generic(cursor);
                generics.push(Generic { name, default: None });
                continue;
            }
            cursor.skip(2);
            let default = if cursor.is_equals(0) {
                cursor.skip(1);
                self.generic_default(cursor, &name)
            } else {
                None
            };
            self.generic_name(&name, &generics);
            if default.is_none() && generics.iter().any(|generic| generic.default.is_some()) {
                self.diagnostics.report(
                    &name,
                    format!("`{name}` has no default, but stands after one that has"),
                    format!("give it a default, `const {name}: usize = 8`, or put it first"),
                );
            }
            generics.push(Generic { name, default });
            if !cursor.is_punct(0, '>') && !cursor.take_punct(',') && !cursor.at_end() {
                let found = cursor.peek(0).map_or_else(String::new, shown);
                self.diagnostics.report(cursor.place(), format!("expected `,` or `>`, found {found}"), HELP);
                skip_generic(cursor);
            }
        }
    }

    fn generic_name(&mut self, name: &Ident, others: &[Generic]) {
        if !is_name(name) {
            self.diagnostics.report(name, format!("`{name}` cannot be the name of a constant"), "choose another name, such as `FEATURES`");
        } else if let Some(first) = others.iter().find(|generic| generic.name == *name) {
            self.diagnostics.report(
                name,
                format!("`{name}` is declared twice; the first one is in line {}", Place::from(&first.name).line()),
                "choose another name, or take it out",
            );
        }
    }

    /// A literal, a path or `{ .. }`.
    fn generic_default(&mut self, cursor: &mut Cursor, name: &Ident) -> Option<TokenStream> {
        let start = cursor.position();
        let place = cursor.place();
        match cursor.peek(0) {
            Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), ',' | '>') => {}
            Some(_) => {
                cursor.skip(1);
                while cursor.is_path_separator(0) && cursor.ident(2).is_some() {
                    cursor.skip(3);
                }
                let tokens = cursor.since(start);
                let usable = match syn::parse2::<syn::Expr>(tokens.clone()) {
                    Ok(syn::Expr::Lit(literal)) => matches!(literal.lit, syn::Lit::Int(_)),
                    Ok(syn::Expr::Path(path)) => path.path.segments.last().is_some_and(|last| is_name(&last.ident)),
                    Ok(syn::Expr::Block(_)) => true,
                    _ => false,
                };
                if usable {
                    return Some(tokens);
                }
            }
            None => {}
        }
        self.diagnostics.report(
            place,
            format!("the default of `{name}` is not a whole number"),
            format!("write `const {name}: usize = 8`, the path of a constant, or an expression in braces"),
        );
        // The default is there, if wrong: the order of the parameters is judged as if it were right.
        let mut zero = proc_macro2::Literal::usize_unsuffixed(1);
        zero.set_span(place.start);
        Some(zero.into_token_stream())
    }
}

/// `#[cfg(..)]`, `#[cfg_attr(..)]`
fn is_condition(attribute: &TokenStream) -> bool {
    let parsed = syn::parse::Parser::parse2(syn::Attribute::parse_outer, attribute.clone()).ok().and_then(|mut attributes| attributes.pop());
    parsed.is_some_and(|attribute| attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr"))
}

/// What others call `#[int8]`.
const EIGHT_BITS: &[&str] = &["int_8", "i8", "u8", "uint8", "int4", "int16", "quantize", "quantized", "quantise", "quantised", "q8", "eight_bits"];

/// The word of an attribute that was meant to be `#[int8]`.
fn meant_int8(attribute: &TokenStream) -> Option<Ident> {
    let parsed = syn::parse::Parser::parse2(syn::Attribute::parse_outer, attribute.clone()).ok()?.pop()?;
    let word = parsed.path().get_ident()?.clone();
    EIGHT_BITS.contains(&word.to_string().to_lowercase().as_str()).then_some(word)
}

/// `#[int8]`, with arguments or without. By its text, as what a macro hands on is in a group that shows nothing of itself.
fn names_int8(attribute: &TokenStream) -> bool {
    attribute.clone().into_iter().nth(1).is_some_and(|token| match token {
        TokenTree::Group(group) => {
            let text = group.stream().to_string();
            text.trim().split(|letter: char| letter != '_' && !letter.is_alphanumeric()).next() == Some("int8")
        }
        _ => false,
    })
}

/// All of an attribute.
pub(super) fn place_of(attribute: &TokenStream) -> Place {
    let mut tokens = attribute.clone().into_iter();
    let first = tokens.next().map_or_else(proc_macro2::Span::call_site, |token| token.span());
    let last = tokens.last().map_or(first, |token| token.span());
    Place::from(first).to(last)
}

fn is_word(attribute: &TokenStream, word: &str) -> bool {
    attribute.clone().into_iter().nth(1).is_some_and(|token| match token {
        TokenTree::Group(group) => group.stream().to_string().trim() == word,
        _ => false,
    })
}

/// `pub`, `pub(crate)`, or nothing.
fn visibility(cursor: &mut Cursor) -> TokenStream {
    let start = cursor.position();
    if matches!(cursor.ident(0), Some(word) if word == "pub") {
        cursor.skip(1);
        if let Some(group) = cursor.group(0, Delimiter::Parenthesis) {
            let mut both = cursor.since(start);
            both.extend([TokenTree::Group(group.clone())]);
            if syn::parse2::<syn::Visibility>(both.clone()).is_ok_and(|visibility| !matches!(visibility, syn::Visibility::Inherited)) {
                cursor.skip(1);
            }
        }
    }
    cursor.since(start)
}

fn skip_generic(cursor: &mut Cursor) {
    while !cursor.at_end() && !cursor.is_punct(0, '>') && cursor.group(0, Delimiter::Brace).is_none() && !cursor.take_punct(',') {
        cursor.skip(1);
    }
}

/// Whether a name is among tokens.
fn uses(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == *name,
        TokenTree::Group(group) => uses(group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
