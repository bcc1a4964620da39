//! Steps, arguments and values: numbers, names, calls, paths, lists, expressions in braces.

use proc_macro2::{Delimiter, Group, Ident, Literal, TokenStream, TokenTree};
use syn::parse::Parser as _;

use super::{Cursor, Parser, place_of, shown};
use crate::ast::{Argument, Arguments, ModuleTerm, NumberTerm, PathTerm, Term, TermKind};
use crate::diagnostic::Place;
use crate::foreign;

impl Parser<'_> {
    /// Reads one term; takes a token at least unless at the end. `wanted` says what is missing there: `a step`.
    pub(crate) fn term(&mut self, cursor: &mut Cursor, wanted: &str) -> Term {
        let start = cursor.place();
        let kind = self.term_kind(cursor, wanted);
        Term { kind, place: start.to(cursor.last_place()) }
    }

    fn term_kind(&mut self, cursor: &mut Cursor, wanted: &str) -> TermKind {
        if cursor.is_path_separator(0) {
            return self.path(cursor);
        }
        match cursor.peek(0).cloned() {
            None => {
                self.diagnostics.report(
                    cursor.last_place(),
                    format!("{wanted} is missing here"),
                    format!("write {wanted}, or take out what asks for it"),
                );
                TermKind::Broken
            }
            Some(TokenTree::Ident(ident)) => {
                if let Some(module) = self.module(cursor) {
                    return TermKind::Module(module);
                }
                if cursor.is_path_separator(1) || cursor.is_punct(1, '<') && !cursor.is_punct(2, '-') {
                    return self.path(cursor);
                }
                cursor.skip(1);
                if ident == "true" || ident == "false" {
                    return TermKind::Boolean(ident == "true");
                }
                let arguments = cursor.take_group(Delimiter::Parenthesis).map(|group| self.arguments(&group));
                if arguments.is_none() && wanted == "a step" {
                    return self.other_brackets(cursor, ident);
                }
                TermKind::Name(ident, arguments)
            }
            Some(TokenTree::Literal(literal)) => {
                cursor.skip(1);
                if cursor.is_punct(0, '%') {
                    return self.percent(cursor, &literal);
                }
                self.literal(&literal, false, Place::from(literal.span()))
            }
            Some(TokenTree::Punct(punct)) if punct.as_char() == '-' && matches!(cursor.peek(1), Some(TokenTree::Literal(_))) => {
                cursor.skip(1);
                match cursor.next() {
                    Some(TokenTree::Literal(literal)) => self.literal(&literal, true, Place::from(punct.span()).to(literal.span())),
                    _ => TermKind::Broken,
                }
            }
            // `.5`
            Some(TokenTree::Punct(point)) if point.as_char() == '.' && matches!(cursor.peek(1), Some(TokenTree::Literal(_))) => {
                cursor.skip(1);
                let digits = cursor.next().map_or_else(String::new, |digits| digits.to_string());
                self.diagnostics.report(point.span(), "a number begins with a digit", format!("write `0.{digits}`"));
                TermKind::Broken
            }
            Some(TokenTree::Group(group)) => {
                cursor.skip(1);
                match group.delimiter() {
                    Delimiter::Bracket => self.list(&group),
                    Delimiter::Brace | Delimiter::None => self.expression(&group),
                    Delimiter::Parenthesis if !group.stream().is_empty() && wanted != "the name of a value" => {
                        let before = self.diagnostics.count();
                        match self.list(&group) {
                            TermKind::List(items) if self.diagnostics.count() == before => TermKind::Tuple(items),
                            _ => TermKind::Broken,
                        }
                    }
                    Delimiter::Parenthesis => {
                        self.diagnostics.report(
                            group.span_open(),
                            format!("expected {wanted}, found a tuple"),
                            "tuples of flows begin a flow; an expression stands in braces: `{ A + B }`",
                        );
                        TermKind::Broken
                    }
                }
            }
            Some(token) => {
                cursor.skip(1);
                self.diagnostics.report(&token, format!("expected {wanted}, found {}", shown(&token)), format!("write {wanted} in its place"));
                TermKind::Broken
            }
        }
    }

    /// `nn.Linear(8, 16)`, `tf::keras::layers::Dense`: a path of Python, if one begins here.
    fn module(&mut self, cursor: &mut Cursor) -> Option<ModuleTerm> {
        let first = cursor.ident(0)?.to_string();
        let is_dotted = cursor.is_punct(1, '.') && foreign::is_module(&first);
        if !(is_dotted && cursor.ident(2).is_some() || cursor.is_path_separator(1) && foreign::is_python(&first)) {
            return None;
        }
        // `nn::Mine<8>` is a type of the user's.
        let mut ahead = 1;
        while cursor.is_punct(ahead, '.') || cursor.is_path_separator(ahead) {
            ahead += if cursor.is_punct(ahead, '.') { 1 } else { 2 };
            cursor.ident(ahead)?;
            ahead += 1;
        }
        let name = cursor.ident(ahead - 1)?.clone();
        if !is_dotted && (cursor.is_punct(ahead, '<') || !foreign::is_word(&name.to_string())) {
            return None;
        }
        let (start, begin) = (cursor.position(), cursor.place());
        cursor.skip(ahead);
        let path = cursor.since(start).to_string().replace(' ', "");
        let place = begin.to(cursor.last_place());
        let arguments = cursor.take_group(Delimiter::Parenthesis).map(|group| self.arguments(&group));
        Some(ModuleTerm { path, place, name, arguments })
    }

    /// `Dense[64]`, `Dense{64}`: arguments in other brackets.
    fn other_brackets(&mut self, cursor: &mut Cursor, name: Ident) -> TermKind {
        let is_list = |group: &Group| group.delimiter() == Delimiter::Bracket;
        // `-> Dense { loss: mse }` is the block of a head.
        let is_block = |group: &Group| {
            let mut inner = Cursor::of_group(group);
            group.delimiter() == Delimiter::Brace && (inner.at_end() || inner.next().is_some() && (inner.is_colon(0) || inner.is_equals(0)))
        };
        let Some(TokenTree::Group(group)) = cursor.peek(0).cloned() else { return TermKind::Name(name, None) };
        if !(is_list(&group) || group.delimiter() == Delimiter::Brace && !is_block(&group)) || group.stream().to_string().contains("loss") {
            return TermKind::Name(name, None);
        }
        cursor.skip(1);
        let inside = crate::text::inside(&group);
        self.diagnostics.report(group.span(), "arguments stand in parentheses", format!("write `{name}({inside})`"));
        TermKind::Broken
    }

    /// `50%`
    fn percent(&mut self, cursor: &mut Cursor, literal: &Literal) -> TermKind {
        let place = cursor.place();
        cursor.skip(1);
        let share = literal.to_string().parse::<f64>().map_or_else(|_| "0.5".to_owned(), |number| format!("{}", number / 100.0));
        self.diagnostics.report(place, "a share is a number between 0 and 1", format!("write `{share}`"));
        TermKind::Broken
    }

    /// Whether something is written behind the digits of a number, which is reported.
    fn has_suffix(&mut self, suffix: &str, digits: &str, place: Place) -> bool {
        if suffix.is_empty() {
            return false;
        }
        let help = match suffix.strip_prefix('x') {
            Some(others) if !others.is_empty() && others.bytes().all(|byte| byte.is_ascii_digit() || byte == b'x') => {
                let sizes = format!("{digits}, {}", others.replace('x', ", "));
                format!("write `{sizes}`, as in `[{sizes}]`")
            }
            _ if suffix.ends_with('B') => format!("write `{digits} {suffix}`"),
            _ if matches!(suffix, "k" | "K") => format!("write `{digits}000`, or in a budget of bytes `{digits} KiB`"),
            _ => format!("write `{digits}`"),
        };
        self.diagnostics.report(place, format!("`{suffix}` stands behind the number `{digits}`"), help);
        true
    }

    fn literal(&mut self, literal: &Literal, negative: bool, place: Place) -> TermKind {
        let sign = if negative { "-" } else { "" };
        let factor = if negative { -1.0 } else { 1.0 };
        let text = format!("{sign}{literal}");
        match syn::Lit::new(literal.clone()) {
            syn::Lit::Int(number) => {
                let digits = number.base10_digits();
                if self.has_suffix(number.suffix(), digits, place) {
                    return TermKind::Broken;
                }
                let value = digits.parse().unwrap_or(f64::INFINITY) * factor;
                TermKind::Number(NumberTerm { text, value, whole: Some(digits.parse().ok().filter(|&value| !negative || value == 0)) })
            }
            syn::Lit::Float(number) => {
                if self.has_suffix(number.suffix(), number.base10_digits(), place) {
                    return TermKind::Broken;
                }
                let value = number.base10_digits().parse().unwrap_or(f64::NAN) * factor;
                TermKind::Number(NumberTerm { text, value, whole: None })
            }
            syn::Lit::Str(string) if !negative => TermKind::Text(string.value()),
            _ => {
                self.diagnostics.report(place, format!("`{text}` is neither a number nor a name"), "write a number, `true`, `false` or a name");
                TermKind::Broken
            }
        }
    }

    fn expression(&mut self, group: &Group) -> TermKind {
        let stream = group.stream();
        if stream.is_empty() {
            self.diagnostics.report(group.span(), "the braces are empty", "write an expression that const evaluation can find: `{ WIDTH * 2 }`");
            return TermKind::Broken;
        }
        // In the expansion it stands between braces again, where `{} + 1` would be two statements.
        let whole: TokenStream = TokenTree::Group(Group::new(Delimiter::Brace, stream.clone())).into();
        let as_block = syn::parse2::<syn::Block>(whole).is_ok_and(|block| matches!(block.stmts[..], [syn::Stmt::Expr(_, None)]));
        match syn::parse2::<syn::Expr>(stream.clone()) {
            Ok(_) if as_block => TermKind::Expression(stream),
            Ok(_) => {
                self.diagnostics.report(group.span(), "this is not one expression of Rust", "between braces stands one expression: `{ WIDTH * 2 }`");
                TermKind::Broken
            }
            Err(error) => {
                let place = place_of(&error, group.span().into(), &stream);
                self.diagnostics.report(
                    place,
                    format!("this is not a Rust expression: {error}"),
                    "between braces stands one expression: `{ WIDTH * 2 }`",
                );
                TermKind::Broken
            }
        }
    }

    fn list(&mut self, group: &Group) -> TermKind {
        let before = self.diagnostics.count();
        let mut cursor = Cursor::of_group(group);
        let mut items = Vec::new();
        while !cursor.at_end() {
            items.push(self.term(&mut cursor, "a value"));
            self.comma(&mut cursor, "values");
        }
        // What was meant by it is not known.
        if self.diagnostics.count() > before { TermKind::Broken } else { TermKind::List(items) }
    }

    /// `64, relu, bias = false`
    fn arguments(&mut self, group: &Group) -> Arguments {
        let before = self.diagnostics.count();
        let mut cursor = Cursor::of_group(group);
        let mut items = Vec::new();
        while !cursor.at_end() {
            if cursor.is_punct(0, ',') {
                self.diagnostics.report(cursor.place(), "an argument is missing before this comma", "take one comma out");
                cursor.skip(1);
                continue;
            }
            let key = match cursor.ident(0).cloned() {
                Some(key) if cursor.is_equals(1) => {
                    cursor.skip(2);
                    Some(key)
                }
                Some(key) if cursor.is_colon(1) => {
                    self.diagnostics.report(
                        cursor.peek(1).map_or_else(|| cursor.place(), Place::from),
                        format!("the argument `{key}` is given with `:`"),
                        format!("write `{key} = ..`; `:` is for the keys of a head"),
                    );
                    cursor.skip(2);
                    Some(key)
                }
                _ => None,
            };
            if let Some(key) = &key
                && (cursor.at_end() || cursor.is_punct(0, ','))
            {
                self.diagnostics.report(key, format!("the argument `{key}` has no value"), format!("write `{key} = ..`, or take it out"));
                cursor.take_punct(',');
                continue;
            }
            let value = self.term(&mut cursor, "an argument");
            self.comma(&mut cursor, "arguments");
            items.push(Argument { key, value });
        }
        Arguments { items, broken: self.diagnostics.count() > before }
    }

    /// A comma, or the end. Anything else is reported and passed over.
    pub(super) fn comma(&mut self, cursor: &mut Cursor, what: &str) {
        if cursor.at_end() || cursor.take_punct(',') {
            return;
        }
        let place = cursor.place();
        let found = cursor.peek(0).map_or_else(String::new, shown);
        match cursor.peek(0) {
            Some(TokenTree::Punct(punct)) if punct.as_char() != '#' => {
                let help = match punct.as_char() {
                    '+' if what == "entries" => "a head has one loss: write two heads on one flow, or a loss of your own".to_owned(),
                    '+' | '-' | '*' | '/' | '%' if !cursor.is_arrow(0) => "put an expression in braces: `{ A + B }`".to_owned(),
                    ';' | '.' => format!("{what} are separated by `,`"),
                    _ => format!("take {found} out"),
                };
                self.diagnostics.report(place, format!("expected `,` between {what}, found {found}"), help);
                // What follows belongs to the same mistake.
                while !cursor.at_end() && !cursor.take_punct(',') {
                    cursor.skip(1);
                }
            }
            _ => self.diagnostics.report(place, format!("a `,` is missing before {found}"), format!("{what} are separated by `,`")),
        }
    }

    /// `crate::Scale<16>(0.5)`
    fn path(&mut self, cursor: &mut Cursor) -> TermKind {
        let start = cursor.position();
        let begin = cursor.place();
        let mut last = None;
        let mut has_generics = false;
        loop {
            if cursor.is_path_separator(0) {
                cursor.skip(2);
            } else if last.is_some() && !cursor.is_punct(0, '<') {
                break;
            }
            if let Some(ident) = cursor.ident(0).cloned() {
                last = Some(ident);
                has_generics = false;
                cursor.skip(1);
            } else if cursor.is_punct(0, '<') {
                has_generics = true;
                if !self.generics(cursor) {
                    cursor.take_group(Delimiter::Parenthesis);
                    return TermKind::Broken;
                }
            } else {
                self.diagnostics.report(cursor.last_place(), "the path ends in `::`", "end it in the name of a type or a constant: `crate::Scale`");
                return TermKind::Broken;
            }
        }
        let path = cursor.since(start);
        let group = cursor.take_group(Delimiter::Parenthesis);
        if let Err(error) = syn::parse2::<syn::Path>(path.clone()) {
            let place = begin.to(cursor.last_place());
            self.diagnostics.report(
                place_of(&error, place, &path),
                format!("this is not a path of Rust: {error}"),
                "write it as in Rust: `crate::Scale<16>`",
            );
            return TermKind::Broken;
        }
        let Some(last) = last else { return TermKind::Broken };
        let arguments = match group {
            None => None,
            Some(group) => match self.rust_arguments(&group) {
                None => return TermKind::Broken,
                arguments => arguments,
            },
        };
        TermKind::Path(PathTerm { path, last, has_generics, arguments })
    }

    /// Passes over `<..>`; false if it does not close.
    fn generics(&mut self, cursor: &mut Cursor) -> bool {
        let open = cursor.place();
        let mut depth = 0_usize;
        while let Some(token) = cursor.peek(0) {
            // An arrow within generics belongs to a function type; here it is the next step of the flow.
            if cursor.is_arrow(0) {
                break;
            }
            let character = if let TokenTree::Punct(punct) = token { punct.as_char() } else { ' ' };
            match character {
                '<' => depth += 1,
                '>' => depth -= 1,
                ';' => break,
                _ => {}
            }
            cursor.skip(1);
            if depth == 0 {
                return true;
            }
        }
        self.diagnostics.report(open, "this `<` is not closed", "close it with `>`; arguments stand in parentheses: `Dense(64)`");
        false
    }

    /// The arguments of a user's own type: Rust expressions.
    fn rust_arguments(&mut self, group: &Group) -> Option<TokenStream> {
        let stream = group.stream();
        let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        match parser.parse2(stream.clone()) {
            Ok(_) => Some(stream),
            Err(error) => {
                let place = place_of(&error, group.span().into(), &stream);
                self.diagnostics.report(
                    place,
                    format!("the arguments of a type of your own are Rust expressions: {error}"),
                    "separate them by `,`, as in a call of its `new`",
                );
                None
            }
        }
    }
}
