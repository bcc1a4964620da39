//! A layer's word and its arguments, read as values with their defaults.

use crate::arguments::{Bound, Reader};
use crate::ast::{self, Arguments, Term, TermKind};
use crate::diagnostic::Place;
use crate::number::Number;
use crate::size::Dim;
use crate::text;
use crate::vocabulary::{Argument, ArgumentKind, Default, Initializer, Padding, Takes};

use super::Kind;
use super::weighted::Ending;

/// A word that names a layer.
pub(crate) struct Word {
    pub(crate) name: &'static str,
    /// Spellings of Keras and others that mean the same.
    pub(crate) aliases: &'static [&'static str],
    /// Its fields are called by it; its name, but for a layer whose parts have long names.
    pub(crate) field: &'static str,
    pub(crate) takes: Takes,
    pub(crate) arguments: &'static [Argument],
    /// What the language's table says of it beside its arguments; empty of one that is like the word before it.
    pub(crate) says: &'static str,
    /// The step with these arguments.
    pub(crate) bind: fn(&mut Given<'_, '_, '_>) -> Kind,
}

impl Word {
    pub(crate) const fn new(name: &'static str, takes: Takes, arguments: &'static [Argument], bind: fn(&mut Given<'_, '_, '_>) -> Kind) -> Self {
        Self { name, aliases: &[], field: name, takes, arguments, says: "", bind }
    }

    pub(crate) const fn or(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    pub(crate) const fn says(mut self, says: &'static str) -> Self {
        self.says = says;
        self
    }

    pub(crate) const fn field(mut self, field: &'static str) -> Self {
        self.field = field;
        self
    }
}

/// The arguments of a step, by the parameters of its word. What is wrong is reported as it is read.
pub(crate) struct Given<'r, 'a, 'd> {
    pub(crate) reader: &'r mut Reader<'a, 'd>,
    pub(crate) word: &'static Word,
    /// The word as the user wrote it.
    written: String,
    place: Place,
    bound: Bound<'r>,
}

impl<'r, 'a, 'd> Given<'r, 'a, 'd> {
    /// The step that a word with these arguments stands for.
    pub(crate) fn bind(reader: &'r mut Reader<'a, 'd>, word: &'static Word, name: &proc_macro2::Ident, arguments: Option<&'r Arguments>) -> Kind {
        let written = name.to_string();
        // Keras has the size of the kernel in second place, or the stride behind it, and here stands the activation.
        if word.arguments.get(1).is_some_and(|second| matches!(second.kind, ArgumentKind::Activation))
            && let Some(window) = word.arguments.iter().find(|argument| matches!(argument.kind, ArgumentKind::Window) && !argument.positional)
            && let Some(ast::Argument { key: None, value }) = arguments.and_then(|arguments| arguments.items.get(1))
            && matches!(value.kind, TermKind::Number(_) | TermKind::List(_))
        {
            let text = text::term(value);
            let fault = format!("the second argument of `{written}` is an activation, and not `{text}`");
            reader.diagnostics.report(
                value.place,
                fault,
                format!("{} has a name: `{} = {text}`", if window.name == "stride" { "the stride" } else { "the size of the kernel" }, window.name),
            );
            return Kind::Broken;
        }
        if let Some((place, fault, help)) = of_another_kind(word, &written, arguments) {
            reader.diagnostics.report(place, fault, help);
            return Kind::Broken;
        }
        let bound = reader.bind(&written, name.into(), word.arguments, arguments);
        (word.bind)(&mut Given { reader, word, written, place: name.into(), bound })
    }

    fn argument(&self, name: &str) -> &'static Argument {
        let argument = self.word.arguments.iter().find(|argument| argument.name == name);
        argument.unwrap_or_else(|| unreachable!("`{}` asks for `{name}`, which its word does not have", self.word.name))
    }

    /// The argument as it was written, if it was.
    pub(crate) fn term(&self, name: &str) -> Option<&'r Term> {
        self.bound.get(self.word.arguments, name)
    }

    /// What the argument is called in messages.
    pub(crate) fn called(&self, name: &str) -> String {
        format!("`{name}` of `{}`", self.written)
    }

    /// A plausible value of an argument.
    pub(crate) fn example(&self, name: &str) -> &'static str {
        self.argument(name).example
    }

    /// Something was wrong with the arguments, so that one that is missing may have been meant to be there.
    pub(crate) fn is_broken(&self) -> bool {
        self.bound.broken
    }

    /// Where an argument stands, or the word.
    pub(crate) fn place_of(&self, name: &str) -> Place {
        self.term(name).map_or(self.place, |term| term.place)
    }

    /// It is not given, and what it is depends on others.
    pub(crate) fn is_left_open(&self, name: &str) -> bool {
        self.term(name).is_none() && self.argument(name).default == Default::Open
    }

    /// A size; `None` where it was wrong.
    pub(crate) fn dimension(&mut self, name: &str) -> Option<Dim> {
        let (term, what, example) = (self.term(name)?, self.called(name), self.argument(name).example);
        self.reader.dimension(term, &what, example)
    }

    /// A size, or its default.
    pub(crate) fn size(&mut self, name: &str) -> Option<Dim> {
        match self.argument(name).default {
            Default::Size(size) if self.term(name).is_none() => (!self.bound.broken).then_some(Dim::Literal(size)),
            _ => self.dimension(name),
        }
    }

    /// A real number, or its default.
    pub(crate) fn number(&mut self, name: &str) -> Number {
        let default = match self.argument(name).default {
            Default::Number(value) => value,
            // What must be given and is not was reported.
            _ => 0.0,
        };
        self.number_if_given(name).unwrap_or(Number::Literal(default))
    }

    /// A real number, where there is one.
    pub(crate) fn number_if_given(&mut self, name: &str) -> Option<Number> {
        let argument = self.argument(name);
        let ArgumentKind::Number(range) = argument.kind else { return None };
        let (term, what) = (self.term(name)?, self.called(name));
        self.reader.number(term, range, &what, argument.example)
    }

    pub(crate) fn boolean(&mut self, name: &str) -> bool {
        let (term, what) = (self.term(name), self.called(name));
        let given = term.and_then(|term| self.reader.boolean(term, &what));
        given.unwrap_or(self.argument(name).default == Default::Boolean(true))
    }

    /// An initializer, or its default, where it has one of its own.
    pub(crate) fn initializer(&mut self, name: &str) -> Option<Initializer> {
        let (term, what) = (self.term(name), self.called(name));
        let given = term.and_then(|term| self.reader.initializer(term, &what));
        given.or(match self.argument(name).default {
            Default::Initializer(initializer) => Some(initializer),
            _ => None,
        })
    }

    /// An activation, where there is one.
    pub(crate) fn activation(&mut self, name: &str) -> Ending {
        let Some(term) = self.term(name) else { return Ending::None };
        let what = self.called(name);
        match self.reader.activation(term, &what) {
            None => Ending::Broken,
            Some(function) => Ending::Some { function, place: term.place, field: String::new() },
        }
    }

    /// The size of a window or its stride.
    pub(crate) fn window(&mut self, name: &str, is_sequence: bool) -> Option<[Dim; 2]> {
        let argument = self.argument(name);
        let Some(term) = self.term(name) else {
            return match argument.default {
                Default::Size(size) if !self.bound.broken => Some([Dim::Literal(if is_sequence { 1 } else { size }), Dim::Literal(size)]),
                _ => None,
            };
        };
        let what = self.called(name);
        self.reader.window(term, is_sequence, &what, argument.example)
    }

    /// Rows above and below an image, columns to its left and right.
    pub(crate) fn margins(&mut self, name: &str) -> Option<[[Dim; 2]; 2]> {
        let argument = self.argument(name);
        let Some(term) = self.term(name) else {
            return match argument.default {
                Default::Size(size) if !self.bound.broken => {
                    Some([[Dim::Literal(size), Dim::Literal(size)], [Dim::Literal(size), Dim::Literal(size)]])
                }
                _ => None,
            };
        };
        let what = self.called(name);
        self.reader.margins(term, &what, argument.example)
    }

    /// A list of axes; empty where there is none.
    pub(crate) fn axes(&mut self, name: &str) -> Option<Vec<usize>> {
        let Some(term) = self.term(name) else { return (!self.bound.broken).then(Vec::new) };
        let (what, example) = (self.called(name), self.example(name));
        self.reader.axes(term, &what, example)
    }

    pub(crate) fn padding(&mut self, name: &str) -> Option<Padding> {
        let Some(term) = self.term(name) else {
            return match self.argument(name).default {
                Default::Padding(padding) if !self.bound.broken => Some(padding),
                _ => None,
            };
        };
        let what = self.called(name);
        self.reader.padding(term, &what)
    }
}

/// Numbers in places where another library, or another language, has them.
fn of_another_kind(word: &Word, written: &str, arguments: Option<&Arguments>) -> Option<(Place, String, String)> {
    let items = arguments?.items.as_slice();
    let [ast::Argument { key: None, value: first }, ast::Argument { key: None, value: second }, others @ ..] = items else { return None };
    let (TermKind::Number(left), TermKind::Number(right)) = (&first.kind, &second.kind) else { return None };
    let list = items.iter().map(|item| text::term(&item.value)).collect::<Vec<_>>().join(", ");
    let is_positional = |count: usize| word.arguments.iter().filter(|argument| argument.positional).count() == count;
    match word.arguments.first()?.kind {
        ArgumentKind::Dimension
            if matches!(right.whole, Some(Some(1..)))
                && word.arguments.get(1).is_some_and(|second| matches!(second.kind, ArgumentKind::Activation)) =>
        {
            let rest: String = others.iter().map(|item| format!(", {}", text::argument(item))).collect();
            let fault = format!("`{written}` takes the width of its output alone: how wide its input is, the flow tells");
            Some((second.place, fault, format!("write `{written}({}{rest})`", right.text)))
        }
        ArgumentKind::Shape => Some((second.place, format!("`{written}` takes a list of dimensions"), format!("write `{written}([{list}])`"))),
        ArgumentKind::Number(_) if is_positional(1) && left.whole == Some(Some(0)) && right.whole.is_some() => {
            Some((second.place, "a number has a point, and no comma".to_owned(), format!("write `{written}({}.{})`", left.text, right.text)))
        }
        _ => None,
    }
}
