//! `input`, `let`, `shared`, `layer`, `head`

use proc_macro2::{Delimiter, Ident, TokenTree};

use super::column::Attributes;
use super::table::UNKNOWN;
use super::{Cursor, Parser, shown, statement_start};
use crate::ast::{Block, Body, Flow, Input, Reading, Source, Statement, Term, TermKind, Title};
use crate::diagnostic::Place;
use crate::suggest;
use crate::vocabulary::Statement as Word;

impl Parser<'_> {
    /// Reads statements to the end of the struct.
    pub(crate) fn statements(&mut self, cursor: &mut Cursor) -> Vec<Statement> {
        let mut statements = Vec::new();
        while !cursor.at_end() {
            // An empty statement does no harm.
            if cursor.take_punct(';') {
                continue;
            }
            let attributes = self.statement_attributes(cursor);
            if cursor.at_end() {
                if !attributes.kept.is_empty() || attributes.title.is_some() {
                    self.diagnostics.report(
                        cursor.last_place(),
                        "no statement follows this attribute or comment",
                        "put it before a statement, or take it out",
                    );
                }
                break;
            }
            let Some(mut statement) = self.statement(cursor, attributes) else { continue };
            // `input a, b: [8];`, which was reported.
            let further = if let Body::Input(input) = &statement.body { Some(input.clone()) } else { None };
            if let Some(input) = further {
                for name in statement.names.drain(1..) {
                    let (attributes, keyword, place) = (statement.attributes.clone(), statement.keyword.clone(), statement.place);
                    statements.push(Statement { attributes, keyword, title: None, names: vec![name], body: Body::Input(input.clone()), place });
                }
            }
            statements.push(statement);
        }
        statements
    }

    fn statement(&mut self, cursor: &mut Cursor, attributes: Attributes) -> Option<Statement> {
        let (keyword, word) = self.keyword(cursor)?;
        let Attributes { kept: attributes, title } = attributes;
        if let Some(title) = title.as_ref().filter(|_| !matches!(word, Word::Input | Word::Head)) {
            let fault = format!("`#[column]` stands before a `{word}`, which no table has a column for");
            self.diagnostics.report(title.place, fault, "write it before an `input` or a `head`, or take it out");
        }
        match word {
            Word::Tie => {
                self.tie(cursor, keyword);
                return None;
            }
            Word::Budget => {
                self.budget(cursor, keyword);
                return None;
            }
            Word::Part => {
                self.part(cursor, &keyword);
                return None;
            }
            Word::Input | Word::Let | Word::Shared | Word::Layer | Word::Head => {}
        }
        let names = self.names(cursor, &keyword, word);
        if names.is_empty() {
            self.lose_statement(cursor);
            return None;
        }
        let place = Place::from(&names[0]);
        if let (Some(title), true) = (&title, cursor.is_colon(0) && cursor.group(1, Delimiter::Brace).is_some()) {
            let fault = format!("`{}` has columns with names of their own, and `#[column]` before it no meaning", names[0]);
            self.diagnostics.report(title.place, fault, "write it before a column: `{ #[column = \"age_decades\"] age, .. }`");
        }
        let body = if word == Word::Input { Body::Input(self.input(cursor, &names[0])) } else { self.flow_statement(cursor, word, place) };
        if let (Some(title), Body::Input(Input::Real(dims))) = (&title, &body) {
            self.title_has_a_number(title, dims, &names[0]);
        }
        let place = Place::from(&keyword).to(cursor.last_place());
        Some(Statement { attributes, keyword, title, names, body, place })
    }

    /// The word that begins the statement, and the word that was meant.
    fn keyword(&mut self, cursor: &mut Cursor) -> Option<(Ident, Word)> {
        let help = format!("a statement begins with {}", suggest::choice(Word::words()));
        let Some(keyword) = cursor.ident(0).cloned() else {
            let found = cursor.peek(0).map_or_else(String::new, shown);
            self.diagnostics.report(cursor.place(), format!("expected a statement, found {found}"), help);
            self.lose_statement(cursor);
            return None;
        };
        if let Some(word) = Word::find(&keyword.to_string()) {
            cursor.skip(1);
            return Some((keyword, word));
        }
        let text = keyword.to_string();
        if let Some(&(_, meant)) = OTHER_WORDS.iter().find(|(word, _)| *word == text).filter(|_| cursor.ident(1).is_some()) {
            self.diagnostics.report(&keyword, format!("`{keyword}` begins no statement"), format!("write `{meant}`"));
            cursor.skip(1);
            return Some((keyword, meant));
        }
        if ITEMS.contains(&text.as_str()) {
            let help = "move it out of the model, before `multitask!`: constants and types are found from there";
            self.diagnostics.report(&keyword, format!("`{keyword}` stands outside of a model"), help);
            skip_statement(cursor);
            return None;
        }
        // `body = ..`: the word itself is missing.
        if cursor.is_equals(1) || cursor.is_colon(1) {
            let word = if cursor.is_equals(1) { Word::Let } else { Word::Input };
            self.diagnostics.report(&keyword, format!("`{word}` is missing before `{keyword}`"), format!("write `{word} {keyword}`; {help}"));
            return Some((keyword, word));
        }
        let meant = suggest::nearest(&keyword.to_string(), Word::words()).and_then(Word::find);
        let named = cursor.ident(1).is_some();
        let fault = format!("`{keyword}` begins no statement");
        match meant {
            Some(meant) => self.diagnostics.report(&keyword, fault, format!("did you mean `{meant}`? {help}")),
            None => self.diagnostics.report(&keyword, fault, help),
        }
        // What kind it is shows in what follows.
        if named && (cursor.is_equals(2) || cursor.is_colon(2)) {
            cursor.skip(1);
            return Some((keyword, meant.unwrap_or(if cursor.is_equals(1) { Word::Let } else { Word::Input })));
        }
        self.lose_statement(cursor);
        None
    }

    /// Passes over a statement that cannot be read. While it is being typed, the others are whole.
    fn lose_statement(&mut self, cursor: &mut Cursor) {
        let reading = if skip_statement(cursor) { Reading::Misread } else { Reading::Unfinished };
        self.reading = self.reading.max(reading);
    }

    /// `NAME`, or `(A, B)` after `let`.
    fn names(&mut self, cursor: &mut Cursor, keyword: &Ident, word: Word) -> Vec<Ident> {
        if cursor.ident(0).is_some_and(|word| word == "mut") && cursor.ident(1).is_some() {
            self.diagnostics.report(cursor.place(), "a value does not change", "take `mut` out");
            cursor.skip(1);
        }
        if let Some(TokenTree::Literal(literal)) = cursor.peek(0).cloned() {
            return self.quoted_name(cursor, &literal, word);
        }
        if let Some(name) = cursor.ident(0).cloned() {
            if is_statement_word(&name) && statement_start(cursor, 0).is_some() {
                self.diagnostics.report(keyword, format!("this `{keyword}` has no name"), format!("write `{keyword} name ..`, or take it out"));
                return Vec::new();
            }
            cursor.skip(1);
            if cursor.is_punct(0, '-') && !cursor.is_arrow(0) && cursor.ident(1).is_some() {
                return vec![self.name_with_dashes(cursor, &name)];
            }
            if name == "_" {
                self.diagnostics.report(&name, format!("this `{keyword}` needs a name"), "a name that begins with `_` may be unused: `_other`");
                return vec![Ident::new("__unnamed", name.span())];
            }
            return self.further_names(cursor, name, word);
        }
        let bracket = cursor.group(0, Delimiter::Bracket).filter(|_| word == Word::Let).cloned();
        if let Some(group) = &bracket {
            let help = format!("write `let ({}) = ..`", crate::text::inside(group));
            self.diagnostics.report(group.span(), "the names of several values stand in parentheses", help);
            cursor.skip(1);
        }
        if word == Word::Let
            && let Some(group) = bracket.or_else(|| cursor.take_group(Delimiter::Parenthesis))
        {
            let mut inner = Cursor::of_group(&group);
            let mut names = Vec::new();
            while let Some(token) = inner.next() {
                match token {
                    TokenTree::Ident(name) => names.push(name),
                    token => {
                        self.diagnostics.report(&token, format!("expected a name, found {}", shown(&token)), "write `let (a, b) = ..`");
                        return Vec::new();
                    }
                }
                if !inner.at_end() && !inner.take_punct(',') {
                    self.diagnostics.report(inner.place(), "a `,` is missing between the names", "write `let (a, b) = ..`");
                }
            }
            if names.is_empty() {
                self.diagnostics.report(group.span(), "no name stands between the parentheses", "write `let (a, b) = ..`");
            }
            return names;
        }
        let example = if word == Word::Input { "input name: [16];".to_owned() } else { format!("{word} name = ..") };
        self.diagnostics.report(keyword, format!("this `{keyword}` has no name"), format!("write `{example}`"));
        Vec::new()
    }

    /// `input a, b: [8];`, `let a, b = ..`: the names that are meant.
    fn further_names(&mut self, cursor: &mut Cursor, first: Ident, word: Word) -> Vec<Ident> {
        let place = cursor.place();
        let mut names = vec![first];
        while matches!(word, Word::Input | Word::Let) && cursor.is_punct(0, ',') {
            let Some(next) = cursor.ident(1).cloned() else { break };
            cursor.skip(2);
            names.push(next);
        }
        if names.len() > 1 {
            let all = names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            match word {
                Word::Input => {
                    self.diagnostics.report(place, "a statement declares one input", format!("end it in `;`, and write `input {}: ..;`", names[1]));
                }
                _ => self.diagnostics.report(place, "the names of several values stand in parentheses", format!("write `let ({all}) = ..`")),
            }
        }
        names
    }

    /// `head "price"`, `head 2nd`
    fn quoted_name(&mut self, cursor: &mut Cursor, literal: &proc_macro2::Literal, word: Word) -> Vec<Ident> {
        cursor.skip(1);
        if let syn::Lit::Str(text) = syn::Lit::new(literal.clone())
            && let Ok(mut name) = syn::parse_str::<Ident>(&text.value())
        {
            name.set_span(literal.span());
            self.diagnostics.report(literal.span(), "a name stands without quotes", format!("write `{word} {name}`"));
            return vec![name];
        }
        self.diagnostics.report(literal.span(), format!("`{literal}` is not a name: a name begins with a letter"), format!("write `{word} name ..`"));
        vec![Ident::new("__unnamed", literal.span())]
    }

    /// `my-head`: the name that is meant.
    fn name_with_dashes(&mut self, cursor: &mut Cursor, first: &Ident) -> Ident {
        let mut name = first.to_string();
        while cursor.is_punct(0, '-') && !cursor.is_arrow(0) {
            let Some(next) = cursor.ident(1) else { break };
            name = format!("{name}_{next}");
            cursor.skip(2);
        }
        let place = Place::from(first).to(cursor.last_place());
        self.diagnostics.report(place, "a name has no `-`", format!("write `{name}`"));
        Ident::new(&name, first.span())
    }

    /// `f32[8]`, `class[5]`, `one_of [A, B]`, `[f32; 8]`, `enum { A, B }`: a shape as other languages write it.
    fn other_shape(&mut self, cursor: &mut Cursor, name: &Ident) -> Option<Input> {
        let list = crate::text::inside;
        if let (Some(word), Some(group)) = (cursor.ident(0).cloned(), cursor.group(1, Delimiter::Bracket).cloned()) {
            cursor.skip(2);
            let (place, help): (Place, String) = match word.to_string().as_str() {
                "class" => (group.span().into(), format!("write `class({})`", list(&group))),
                "one_of" => (group.span().into(), format!("write `one_of {{ {} }}`", list(&group))),
                _ => (Place::from(&word), format!("write `input {name}: [{}];`: the numbers are those of the model", list(&group))),
            };
            self.diagnostics.report(place, format!("the kind of `{name}` is not written like this"), help);
            return Some(Input::Broken);
        }
        if let (Some(word), Some(group)) = (cursor.ident(0).filter(|word| *word == "enum").cloned(), cursor.group(1, Delimiter::Brace).cloned()) {
            cursor.skip(2);
            self.diagnostics.report(&word, "categories are `one_of` here", format!("write `one_of {{ {} }}`", list(&group)));
            return Some(Input::Broken);
        }
        let group = cursor.group(0, Delimiter::Bracket)?.clone();
        let (word, sizes) = array_of(&group)?;
        cursor.skip(1);
        let fault = format!("`{word}` is not part of a shape: the numbers are those of the model");
        self.diagnostics.report(&word, fault, format!("write `[{}]`", sizes.join(", ")));
        Some(Input::Broken)
    }

    /// `: [16];` or `: class(12);`
    fn input(&mut self, cursor: &mut Cursor, name: &Ident) -> Input {
        if cursor.is_colon(0) {
            cursor.skip(1);
        } else if cursor.is_equals(0) {
            self.diagnostics.report(
                cursor.place(),
                format!("an input has a shape, not a flow: `{name}` is given with `=`"),
                format!("write `input {name}: {};`", shape_ahead(cursor, 1)),
            );
            cursor.skip(1);
            if cursor.group(0, Delimiter::Bracket).is_none() && !matches!(cursor.ident(0), Some(word) if word == "class") {
                skip_statement(cursor);
                return Input::Broken;
            }
        } else if cursor.group(0, Delimiter::Bracket).is_some() {
            let help = format!("write `input {name}: {};`", shape_ahead(cursor, 0));
            self.diagnostics.report(name, format!("`:` is missing after `{name}`"), help);
        } else {
            self.diagnostics.report(
                name,
                format!("the input `{name}` has no shape"),
                format!("write `input {name}: [16];`, or `class(12)` for a whole number"),
            );
            skip_statement(cursor);
            return Input::Broken;
        }
        if cursor.at_end() || cursor.is_punct(0, ';') || statement_start(cursor, 0).is_some() {
            self.diagnostics.report(
                name,
                format!("the input `{name}` has no shape"),
                format!("write `input {name}: [16];`, or `class(12)` for a whole number"),
            );
            cursor.take_punct(';');
            return Input::Broken;
        }
        if let Some(input) = self.other_shape(cursor, name) {
            self.semicolon(cursor, Word::Input);
            return input;
        }
        if let Some(group) = cursor.take_group(Delimiter::Brace) {
            let input = self.columns(&group, name);
            self.semicolon(cursor, Word::Input);
            return input;
        }
        if let Some(word) = cursor.ident(0).filter(|word| is_one_of(word, cursor)).cloned() {
            cursor.skip(1);
            if word != "one_of" {
                self.diagnostics.report(&word, format!("`{word}` is not a kind of input"), "write `one_of`");
            }
            let input = self.one_of(cursor, &word, name);
            self.semicolon(cursor, Word::Input);
            return input;
        }
        let term = self.term(cursor, "a shape");
        // `class 5`
        if matches!(&term.kind, TermKind::Name(word, None) if word == "class")
            && let Some(TokenTree::Literal(number)) = cursor.peek(0).cloned()
        {
            self.diagnostics.report(number.span(), "the number of classes stands in parentheses", format!("write `class({number})`"));
            cursor.skip(1);
            self.semicolon(cursor, Word::Input);
            return Input::Broken;
        }
        self.semicolon(cursor, Word::Input);
        self.shape(name, term)
    }

    fn one_input_a_statement(&mut self, cursor: &Cursor) {
        let next = cursor.ident(1).map_or_else(|| "other".to_owned(), ToString::to_string);
        self.diagnostics.report(cursor.place(), "a statement declares one input", format!("end it in `;`, and write `input {next}: ..;`"));
        // What it would have declared is not known.
        self.reading = Reading::Misread;
    }

    fn shape(&mut self, name: &Ident, term: Term) -> Input {
        match term.kind {
            TermKind::List(dims) if dims.is_empty() => {
                self.diagnostics.report(
                    term.place,
                    format!("the shape of `{name}` is empty"),
                    format!("write how many numbers it has: `input {name}: [16];`"),
                );
                Input::Broken
            }
            TermKind::List(dims) => self.without_rows(name, dims),
            TermKind::Name(word, Some(mut arguments)) if word == "class" => {
                if arguments.broken {
                    return Input::Broken;
                }
                let second = arguments.items.get(1).filter(|argument| argument.key.is_none()).map(|argument| &argument.value.kind);
                let has_unknown = matches!(second, Some(TermKind::Name(word, None)) if *word == UNKNOWN);
                if arguments.items.len() == 1 + usize::from(has_unknown) && arguments.items[0].key.is_none() {
                    return Input::Class { classes: Box::new(arguments.items.remove(0).value), has_unknown };
                }
                let help = "write `class(12)`, or `class(12, unknown)` with one more class for all others";
                self.diagnostics.report(term.place, format!("`class` takes one number: how many classes `{name}` has"), help);
                Input::Broken
            }
            TermKind::Name(word, None) if word == "class" => {
                self.diagnostics.report(term.place, format!("`class` needs a number: how many classes `{name}` has"), "write `class(12)`");
                Input::Broken
            }
            TermKind::Broken => Input::Broken,
            TermKind::Number(_) | TermKind::Name(_, None) | TermKind::Expression(_) => {
                let text = crate::text::term(&term);
                self.diagnostics.report(term.place, format!("the shape of `{name}` stands in brackets"), format!("write `input {name}: [{text}];`"));
                Input::Broken
            }
            TermKind::Name(word, Some(arguments)) if SHAPES.contains(&word.to_string().as_str()) => {
                let dims = flattened(arguments.items.into_iter().map(|argument| argument.value).collect());
                let text = crate::text::terms(&dims);
                self.diagnostics.report(&word, format!("the shape of `{name}` stands in brackets alone"), format!("write `[{text}]`"));
                Input::Broken
            }
            TermKind::Name(word, Some(mut arguments))
                if arguments.items.len() == 1
                    && (CLASSES.contains(&word.to_string().as_str()) || suggest::nearest(&word.to_string(), ["class"]).is_some()) =>
            {
                let classes = arguments.items.remove(0).value;
                let help = format!("write `class({})`", crate::text::term(&classes));
                self.diagnostics.report(&word, format!("`{word}` is not a kind of input"), help);
                Input::Class { classes: Box::new(classes), has_unknown: false }
            }
            TermKind::Name(word, Some(_)) => {
                let help =
                    "an input is `[16]`, columns by name `{ age, income }`, categories `one_of { North, South }`, or `class(12)` for a whole number";
                self.diagnostics.report(&word, format!("`{word}` is not a kind of input"), help);
                Input::Broken
            }
            TermKind::Tuple(dims) => {
                let dims = crate::text::terms(&dims);
                self.diagnostics.report(term.place, format!("the shape of `{name}` stands in brackets"), format!("write `[{dims}]`"));
                Input::Broken
            }
            TermKind::Module(_) | TermKind::Boolean(_) | TermKind::Text(_) | TermKind::Path(_) | TermKind::Categories(_) | TermKind::ByName(_) => {
                self.diagnostics.report(term.place, format!("the shape of `{name}` is a list of numbers"), format!("write `input {name}: [16];`"));
                Input::Broken
            }
        }
    }

    /// Dimensions without one for the rows, which other libraries have first.
    fn without_rows(&mut self, name: &Ident, mut dims: Vec<Term>) -> Input {
        let is_rows = |term: &Term| match &term.kind {
            TermKind::Name(word, None) => word == "None" || word == "batch" || word == "batch_size",
            TermKind::Number(number) => number.value == -1.0,
            _ => false,
        };
        if dims.len() > 1 && is_rows(&dims[0]) {
            let rows = dims.remove(0);
            let text = crate::text::terms(&dims);
            self.diagnostics.report(
                rows.place,
                format!("a shape is that of one row, and `{name}` has one for the rows, too"),
                format!("write `[{text}]`"),
            );
        }
        Input::Real(dims)
    }

    /// The title of several columns has a place for their numbers.
    fn title_has_a_number(&mut self, title: &Title, dims: &[Term], name: &Ident) {
        let one = dims.iter().all(|dim| matches!(&dim.kind, TermKind::Number(number) if number.whole == Some(Some(1))));
        if !one && !title.text.contains("{}") {
            let fault = format!("`{name}` has several columns, and the title `{}` no place for their numbers", title.text);
            self.diagnostics.report(title.place, fault, format!("write `{{}}` in place of the number: `#[column = \"{}{{}}\"]`", title.text));
        }
    }

    /// `= FLOW;`, or `= FLOW { .. }` of a head.
    fn flow_statement(&mut self, cursor: &mut Cursor, word: Word, name: Place) -> Body {
        if word != Word::Head && cursor.is_colon(0) && self.type_of_a_value(cursor) {
            // Passed over, as far as `=`.
        } else if cursor.is_equals(0) {
            cursor.skip(1);
        } else {
            let example = if word == Word::Layer { "Dense(64, relu)" } else { "record -> Dense(64, relu)" };
            let found = cursor.peek(0).map_or_else(|| "nothing".into(), shown);
            let place = if cursor.is_colon(0) { cursor.place() } else { name };
            self.diagnostics.report(place, format!("expected `=` after the name, found {found}"), format!("write `{word} name = {example}`"));
            if cursor.is_colon(0) {
                cursor.skip(1);
            } else if cursor.ident(0).is_none() || statement_start(cursor, 0).is_some() {
                if statement_start(cursor, 0).is_none() {
                    skip_statement(cursor);
                }
                let flow = Flow { source: Source::Broken, steps: Vec::new(), broken: true, place: name };
                return body(word, flow, Block { broken: true, ..Block::default() });
            }
        }
        if word == Word::Layer {
            return self.layer(cursor, name);
        }
        let flow = self.flow(cursor, name);
        let mut block = Block::default();
        // `head y = x -> Dense(1); { loss: mse }`
        let cut_off = word == Word::Head && cursor.is_punct(0, ';') && cursor.group(1, Delimiter::Brace).is_some();
        if cut_off {
            self.diagnostics.report(cursor.place(), "this `;` cuts the head off from its block", "take it out");
            cursor.skip(1);
        }
        let other = [Delimiter::Parenthesis, Delimiter::Bracket].into_iter().find_map(|delimiter| cursor.group(0, delimiter)).cloned();
        if let Some(group) = other.filter(|group| word == Word::Head && is_block(group)) {
            cursor.skip(1);
            let inside = crate::text::inside(&group);
            self.diagnostics.report(group.span(), "the block of a head stands in braces", format!("write `{{ {inside} }}`"));
            block = Block { broken: true, ..self.block(&group) };
            return body(word, flow, block);
        }
        if let Some(group) = cursor.group(0, Delimiter::Brace).cloned() {
            if word == Word::Head {
                cursor.skip(1);
                block = self.block(&group);
                return body(word, flow, block);
            }
            self.diagnostics.report(
                group.span_open(),
                format!("a `{word}` ends in `;`: only a head has a block"),
                "write `head` in its place, or `;` here",
            );
            cursor.skip(1);
            return body(word, flow, block);
        }
        if word == Word::Head && cursor.is_punct(0, ',') && cursor.ident(1).is_some() && cursor.is_colon(2) {
            block = self.keys_without_braces(cursor);
        }
        if word == Word::Head {
            cursor.take_punct(';');
        } else {
            self.semicolon(cursor, word);
        }
        body(word, flow, block)
    }

    /// `, loss: mse, metrics: [mae];`
    fn keys_without_braces(&mut self, cursor: &mut Cursor) -> Block {
        let place = cursor.place();
        cursor.skip(1);
        let start = cursor.position();
        while !cursor.at_end() && !cursor.is_punct(0, ';') && statement_start(cursor, 0).is_none() {
            cursor.skip(1);
        }
        let keys = cursor.since(start);
        let help = format!("write `{{ {} }}`", crate::text::tokens(&keys).replace(':', ": "));
        self.diagnostics.report(place, "the keys of a head stand in braces", help);
        let block = self.block(&proc_macro2::Group::new(Delimiter::Brace, keys));
        Block { broken: true, ..block }
    }

    /// `: f32 =`, `:=`: passes over it if it is there.
    fn type_of_a_value(&mut self, cursor: &mut Cursor) -> bool {
        let mut ahead = 1;
        while !cursor.is_equals(ahead) {
            let ends = cursor.peek(ahead).is_none() || cursor.is_punct(ahead, ';') || cursor.is_arrow(ahead) || ahead > 8;
            if ends {
                return false;
            }
            ahead += 1;
        }
        let (start, begin) = (cursor.position(), cursor.place());
        cursor.skip(ahead);
        let place = begin.to(cursor.last_place());
        if ahead == 1 {
            self.diagnostics.report(place, "expected `=` after the name, found `:=`", "write `=`");
        } else {
            let kind = crate::text::tokens(&cursor.since(start));
            self.diagnostics.report(place, "a value has the shape that flows into it, and no type", format!("take `{kind}` out"));
        }
        cursor.skip(1);
        true
    }

    /// `STEP -> STEP;`
    fn layer(&mut self, cursor: &mut Cursor, name: Place) -> Body {
        let before = self.diagnostics.count();
        let mut steps = Vec::new();
        if cursor.at_end() || cursor.is_punct(0, ';') || statement_start(cursor, 0).is_some() {
            self.diagnostics.report(name, "this layer has no steps", "write its steps: `layer tower = Dense(64, relu) -> Dense(64, relu);`");
        } else {
            if cursor.is_arrow(0) {
                self.diagnostics.report(cursor.place(), "a layer begins with a step, not with `->`", "take the first `->` out");
                cursor.skip(2);
            }
            steps.push(self.term(cursor, "a step"));
            steps.extend(self.steps(cursor));
        }
        let broken = self.diagnostics.count() > before;
        if let Some(group) = cursor.take_group(Delimiter::Brace) {
            self.diagnostics.report(group.span_open(), "a `layer` ends in `;`: only a head has a block", "write `;` here");
        } else {
            self.semicolon(cursor, Word::Layer);
        }
        Body::Layer { steps, broken }
    }

    /// `;`, or a report under the last token of what it should end.
    pub(super) fn semicolon(&mut self, cursor: &mut Cursor, word: Word) {
        if cursor.take_punct(';') {
            return;
        }
        let last = cursor.last_place();
        if cursor.at_end() || statement_start(cursor, 0).is_some() || cursor.is_punct(0, '#') {
            self.diagnostics.report(last, "a `;` is missing after this", format!("every `{word}` ends in `;`"));
            return;
        }
        if word == Word::Input && cursor.is_punct(0, ',') {
            self.one_input_a_statement(cursor);
        } else {
            let found = cursor.peek(0).map_or_else(String::new, shown);
            self.diagnostics.report(cursor.place(), format!("expected `;`, found {found}"), format!("every `{word}` ends in `;`"));
        }
        skip_statement(cursor);
    }
}

/// `( loss: mse )`: what stands for the block of a head in other brackets.
pub(super) fn is_block(group: &proc_macro2::Group) -> bool {
    let mut inner = Cursor::of_group(group);
    matches!(inner.next(), Some(TokenTree::Ident(_))) && inner.is_colon(0)
}

/// Words of other languages, and those that are meant.
const OTHER_WORDS: &[(&str, Word)] = &[
    ("task", Word::Head),
    ("output", Word::Head),
    ("outputs", Word::Head),
    ("target", Word::Head),
    ("out", Word::Head),
    ("var", Word::Let),
    ("val", Word::Let),
    ("def", Word::Let),
    ("auto", Word::Let),
];

/// What Rust has outside of a model.
const ITEMS: &[&str] = &["const", "static", "use", "fn", "type", "struct", "enum", "impl", "mod", "trait", "extern"];

/// What others write before the shape of an input.
const SHAPES: &[&str] = &["Input", "InputLayer", "tensor", "Tensor", "vector", "Vector", "array", "shape", "vec", "zeros", "randn"];

/// What others call an input of classes.
const CLASSES: &[&str] = &["categorical", "category", "categories", "classes", "int", "integer", "index", "label", "one_hot", "enumeration"];

/// The numbers in lists and tuples of them.
fn flattened(terms: Vec<Term>) -> Vec<Term> {
    terms
        .into_iter()
        .flat_map(|term| match term.kind {
            TermKind::List(items) | TermKind::Tuple(items) => flattened(items),
            kind => vec![Term { kind, place: term.place }],
        })
        .collect()
}

/// `[[f32; 8]; 4]`: the type of the numbers, and the sizes from outside.
fn array_of(group: &proc_macro2::Group) -> Option<(Ident, Vec<String>)> {
    let mut inner = Cursor::of_group(group);
    let (word, mut sizes) = match inner.group(0, Delimiter::Bracket) {
        Some(group) => array_of(group)?,
        None => (inner.ident(0)?.clone(), Vec::new()),
    };
    inner.skip(1);
    if !inner.take_punct(';') {
        return None;
    }
    sizes.insert(0, inner.peek(0)?.to_string());
    Some((word, sizes))
}

/// The shape that stands in brackets ahead, or an example of one.
fn shape_ahead(cursor: &Cursor, ahead: usize) -> String {
    let inside = |group: &proc_macro2::Group| format!("[{}]", crate::text::inside(group));
    let of_word =
        |ahead: usize| cursor.group(ahead, Delimiter::Parenthesis).map(|group| crate::text::inside(group).replace(['[', ']', '(', ')'], ""));
    let dims = |text: String| format!("[{}]", text.trim_start_matches("shape").trim_start_matches([' ', '=']));
    cursor.group(ahead, Delimiter::Bracket).map(inside).or_else(|| of_word(ahead + 1).map(dims)).unwrap_or_else(|| "[16]".to_owned())
}

/// `one_of`, or a word like it before categories.
fn is_one_of(word: &Ident, cursor: &Cursor) -> bool {
    word == "one_of" || cursor.group(1, Delimiter::Brace).is_some() && suggest::nearest(&word.to_string(), ["one_of"]).is_some()
}

fn is_statement_word(name: &Ident) -> bool {
    Word::find(&name.to_string()).is_some()
}

fn body(word: Word, flow: Flow, block: Block) -> Body {
    match word {
        Word::Shared => Body::Shared(flow),
        Word::Head => Body::Head { flow, block },
        Word::Input | Word::Let | Word::Layer | Word::Tie | Word::Budget | Word::Part => Body::Let(flow),
    }
}

/// To after the next `;`, which it says, or before the next statement; takes a token at least.
pub(super) fn skip_statement(cursor: &mut Cursor) -> bool {
    let start = cursor.position();
    while !cursor.at_end() {
        if cursor.take_punct(';') {
            return true;
        }
        if cursor.position() > start && (statement_start(cursor, 0).is_some() || cursor.is_punct(0, '#')) {
            return false;
        }
        cursor.skip(1);
    }
    false
}
