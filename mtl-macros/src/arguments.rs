//! Arguments to typed values: which argument is which, and whether it is of the kind that belongs there.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream, TokenTree};

use crate::assertion::{Assertion, Claim, NumberAssertion, Relation};
use crate::ast::{Arguments, Generic, NumberTerm, PathTerm, Term, TermKind};
use crate::case;
use crate::diagnostic::{Diagnostics, Place};
use crate::foreign;
use crate::function::Function;
use crate::named_sizes::NamedSizes;
use crate::number::Number;
use crate::parse::is_name;
use crate::size::{Dim, Tokens};
use crate::suggest;
use crate::text;
use crate::vocabulary::{self, Argument, ArgumentKind, Default, Initializer, Padding, Range};

/// The largest dimension: a model is a value of static size, and a size of many millions is a slip.
const LARGEST: u64 = 1 << 24;

/// What a whole number may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Least {
    Zero,
    One,
}

/// Which words of the model mean what.
pub(crate) struct Scope<'a> {
    pub(crate) generics: &'a [Generic],
    /// Statement names, with what each is.
    pub(crate) statements: BTreeMap<String, (usize, vocabulary::Statement)>,
    /// Whether a word names a layer of the language.
    pub(crate) is_layer: fn(&str) -> bool,
}

impl Scope<'_> {
    pub(crate) fn is_generic(&self, name: &Ident) -> bool {
        self.generics.iter().any(|generic| generic.name == *name)
    }

    /// What a word is in this model or in the language, if it is anything but a constant.
    fn meaning(&self, name: &str) -> Option<String> {
        if let Some((_, what)) = self.statements.get(name) {
            Some(format!("{} of this model", what.what()))
        } else if vocabulary::find_activation(name).is_some() {
            Some("an activation".into())
        } else if (self.is_layer)(name) {
            Some("a layer".into())
        } else if vocabulary::find_loss(name).is_some() {
            Some("a loss".into())
        } else if Initializer::find(name).is_some() {
            Some("an initializer".into())
        } else if vocabulary::find_metric(name).is_some() {
            Some("a metric".into())
        } else {
            None
        }
    }
}

/// Reads values from terms, and reports what is wrong with them.
pub(crate) struct Reader<'a, 'd> {
    pub(crate) diagnostics: &'d mut Diagnostics,
    pub(crate) scope: &'a Scope<'a>,
    /// What const evaluation must check of the constants read so far.
    pub(crate) assertions: Vec<Assertion>,
    pub(crate) numbers: Vec<NumberAssertion>,
    pub(crate) named_sizes: NamedSizes,
    /// Something could not be read, so that what seems unused may be used.
    pub(crate) uncertain: bool,
}

/// Arguments by parameter.
pub(crate) struct Bound<'a> {
    values: Vec<Option<&'a Term>>,
    /// Something was wrong and reported, so that a parameter without a value may have been meant to have one.
    pub(crate) broken: bool,
}

impl<'a> Bound<'a> {
    pub(crate) fn get(&self, parameters: &[Argument], name: &str) -> Option<&'a Term> {
        let index = parameters.iter().position(|parameter| parameter.name == name)?;
        self.values.get(index).copied().flatten()
    }
}

impl Reader<'_, '_> {
    /// Gives every argument to its parameter. `what` is the step, loss or metric as the user wrote its name.
    pub(crate) fn bind<'a>(&mut self, what: &str, place: Place, parameters: &[Argument], arguments: Option<&'a Arguments>) -> Bound<'a> {
        let mut values: Vec<Option<&'a Term>> = vec![None; parameters.len()];
        let (mut broken, mut explained) = (false, false);
        let mut named: Option<&Ident> = None;
        let positional: Vec<usize> = (0..parameters.len()).filter(|&index| parameters[index].positional).collect();
        let mut next = 0;
        for argument in arguments.iter().flat_map(|arguments| &arguments.items) {
            if let TermKind::Tuple(items) = &argument.value.kind {
                let known = argument.key.as_ref().is_none_or(|key| parameters.iter().any(|parameter| parameter.is_called(&key.to_string())));
                if known {
                    let items = text::terms(items);
                    self.diagnostics.report(argument.value.place, "a list stands in brackets", format!("write `[{items}]`"));
                    return Bound { values, broken: true };
                }
            }
            let Some(key) = &argument.key else {
                if let Some(named) = named {
                    self.diagnostics.report(
                        argument.value.place,
                        format!("`{}` stands after the named argument `{named}`", text::term(&argument.value)),
                        format!("put it before `{named} = ..`, or name it too"),
                    );
                    broken = true;
                    continue;
                }
                if let Some(&index) = positional.get(next) {
                    values[index] = Some(&argument.value);
                } else if next == positional.len() {
                    // Only the first: what stands after it is of the same mistake.
                    let surplus = text::term(&argument.value);
                    let free = parameters.iter().filter(|parameter| !parameter.positional).map(|parameter| parameter.name).collect::<Vec<_>>();
                    let help = match positional.len() {
                        0 if parameters.is_empty() => format!("write `{what}`"),
                        0 => format!("its arguments have names: {}", suggest::list(free)),
                        _ if free.is_empty() => "take it out".to_owned(),
                        _ => format!("take it out, or name it: {}", suggest::choice(free)),
                    };
                    let count = match positional.len() {
                        0 if parameters.is_empty() => "no arguments".to_owned(),
                        0 => "no arguments without a name".to_owned(),
                        1 => "one argument".to_owned(),
                        count => format!("{count} arguments without a name"),
                    };
                    self.diagnostics.report(argument.value.place, format!("`{what}` takes {count}; `{surplus}` is one too many"), help);
                    broken = true;
                }
                next += 1;
                continue;
            };
            named = Some(key);
            let name = key.to_string();
            let Some(index) = parameters.iter().position(|parameter| parameter.is_called(&name)) else {
                // One that another library has explains those beside it.
                if !explained {
                    self.unknown_argument(what, key, parameters);
                }
                explained |= foreign::find(foreign::ARGUMENTS, &name).is_some();
                broken = true;
                continue;
            };
            if values[index].is_some() {
                self.diagnostics.report(key, format!("`{}` of `{what}` is given twice", parameters[index].name), "take one of the two out");
                broken = true;
                continue;
            }
            values[index] = Some(&argument.value);
        }
        broken |= arguments.is_some_and(|arguments| arguments.broken);
        if !broken {
            for (parameter, value) in parameters.iter().zip(&values) {
                if parameter.is_required() && value.is_none() {
                    self.diagnostics.report(
                        place,
                        format!("`{what}` needs its argument `{}`", parameter.name),
                        format!("write `{what}({})`", parameter.all),
                    );
                }
            }
        }
        Bound { values, broken }
    }

    fn unknown_argument(&mut self, what: &str, key: &Ident, parameters: &[Argument]) {
        let names = parameters.iter().flat_map(|parameter| std::iter::once(parameter.name).chain(parameter.aliases.iter().copied()));
        if let Some(foreign) = foreign::find(foreign::ARGUMENTS, &key.to_string()) {
            self.diagnostics.report(key, format!("`{key}` of `{what}` {}", foreign.means), foreign.help(None));
            return;
        }
        let fault = format!("`{what}` has no argument `{key}`");
        if parameters.is_empty() {
            self.diagnostics.report(key, fault, format!("`{what}` takes no arguments"));
        } else if let Some(near) = suggest::nearest(&key.to_string(), names) {
            self.diagnostics.report(key, fault, format!("an argument with a similar name exists: `{near}`"));
        } else {
            let all = suggest::list(parameters.iter().map(|parameter| parameter.name));
            self.diagnostics.report(key, fault, format!("its arguments are {all}"));
        }
    }

    /// A whole number of at least 1, a constant, a const generic or `{ .. }`. `what` is called so in messages: `` `units` of `Dense` ``.
    pub(crate) fn dimension(&mut self, term: &Term, what: &str, example: &str) -> Option<Dim> {
        self.whole(term, Least::One, what, example)
    }

    /// A whole number of at least so much.
    fn whole(&mut self, term: &Term, least: Least, what: &str, example: &str) -> Option<Dim> {
        match &term.kind {
            TermKind::Number(number) => self.literal_dimension(number, term.place, least, what, example),
            TermKind::Name(name, None) => {
                if self.scope.is_generic(name) {
                    return Some(Dim::Generic(name.clone()));
                }
                if self.is_another_word(name, what, "a whole number", example) {
                    return None;
                }
                let tokens: TokenStream = TokenTree::Ident(name.clone()).into();
                Some(self.constant(tokens, term.place, least, what))
            }
            TermKind::Path(path) if path.arguments.is_none() => Some(self.constant(path.path.clone(), term.place, least, what)),
            TermKind::Expression(expression) => self.expression_dimension(expression, term.place, least, what, example),
            TermKind::Broken => None,
            _ => {
                self.wrong_kind(term, what, "a whole number", example);
                None
            }
        }
    }

    fn literal_dimension(&mut self, number: &NumberTerm, place: Place, least: Least, what: &str, example: &str) -> Option<Dim> {
        let text = &number.text;
        let help = match least {
            Least::Zero => format!("write a whole number, such as `{example}`"),
            Least::One => format!("write a whole number of at least 1, such as `{example}`"),
        };
        match number.whole {
            _ if number.value < 0.0 => self.diagnostics.report(place, format!("{what} is negative: {text}"), help),
            None => self.diagnostics.report(place, format!("{what} is not a whole number: {text}"), help),
            Some(Some(0)) if least == Least::One => self.diagnostics.report(place, format!("{what} is zero"), help),
            Some(Some(value)) if value <= LARGEST => {
                return usize::try_from(value).ok().map(Dim::Literal);
            }
            Some(_) => {
                self.diagnostics.report(place, format!("{what} is too large: {text}"), format!("a dimension is {} at most", text::grouped(LARGEST)));
            }
        }
        None
    }

    fn expression_dimension(&mut self, expression: &TokenStream, place: Place, least: Least, what: &str, example: &str) -> Option<Dim> {
        let tokens: Vec<TokenTree> = expression.clone().into_iter().collect();
        if let [TokenTree::Ident(name)] = &tokens[..]
            && self.scope.is_generic(name)
        {
            return Some(Dim::Generic(name.clone()));
        }
        if let [TokenTree::Literal(literal)] = &tokens[..] {
            return match syn::Lit::new(literal.clone()) {
                syn::Lit::Int(number) => {
                    let whole = Some(number.base10_parse().ok());
                    let number = NumberTerm { text: number.base10_digits().into(), value: number.base10_parse().unwrap_or(f64::INFINITY), whole };
                    self.literal_dimension(&number, place, least, what, example)
                }
                _ => {
                    self.diagnostics.report(place, format!("{what} is not a whole number"), format!("write a whole number, such as `{example}`"));
                    None
                }
            };
        }
        if let Some(name) = self.generic_within(expression) {
            self.arithmetic_on_generic(&name);
            return None;
        }
        Some(self.constant(expression.clone(), place, least, what))
    }

    /// A dimension and one more.
    pub(crate) fn dimension_plus_one(&mut self, term: &Term, what: &str, example: &str) -> Option<Dim> {
        match self.dimension(term, what, example)? {
            Dim::Generic(name) => {
                self.arithmetic_on_generic(&name);
                None
            }
            dim => Some(crate::size::sum(&[dim, Dim::Literal(1)])),
        }
    }

    /// The first const generic of the struct among the tokens.
    pub(crate) fn generic_within(&self, tokens: &TokenStream) -> Option<Ident> {
        tokens.clone().into_iter().find_map(|token| match token {
            TokenTree::Ident(name) if self.scope.is_generic(&name) => Some(name),
            TokenTree::Group(group) => self.generic_within(&group.stream()),
            _ => None,
        })
    }

    fn arithmetic_on_generic(&mut self, name: &Ident) {
        self.diagnostics.report(
            name,
            format!("`{name}` is a parameter of the struct: Rust has no arithmetic on const generics in types"),
            format!("make it a `const {name}: usize = ..;` outside of the model, or add a parameter for the result"),
        );
    }

    /// A constant as a size, which has its name in the generated code.
    pub(crate) fn size(&mut self, written: TokenStream) -> Dim {
        Dim::Constant(Box::new(self.named_sizes.constant(Tokens(written))))
    }

    fn constant(&mut self, tokens: TokenStream, place: Place, least: Least, what: &str) -> Dim {
        let dim = self.size(tokens);
        if least == Least::Zero {
            return dim;
        }
        let text = crate::size::text(&dim);
        self.assertions.push(Assertion {
            left: dim.clone(),
            right: Dim::Literal(1),
            relation: Relation::AtLeast,
            message: format!("{what} is zero: {text}\nhelp: make it a whole number of at least 1"),
            span: place.start,
        });
        dim
    }

    /// A real number in a range.
    pub(crate) fn number(&mut self, term: &Term, range: Range, what: &str, example: &str) -> Option<Number> {
        match &term.kind {
            TermKind::Number(number) => {
                if !range.contains(number.value) {
                    let fault = if number.value.is_finite() {
                        format!("{what} must be {}, and is {}", range.words, number.text)
                    } else {
                        format!("{what} is not finite: {}", number.text)
                    };
                    self.diagnostics.report(term.place, fault, format!("write a number that is {}, such as `{example}`", range.words));
                    return None;
                }
                if !range.contains_rounded(number.value) {
                    #[allow(clippy::cast_possible_truncation, reason = "to say what becomes of it")]
                    let rounded = text::rounded(number.value as f32);
                    self.diagnostics.report(
                        term.place,
                        format!("{what} must be {} in `f32`, where {} is {rounded}", range.words, number.text),
                        format!("write a number that is {} in `f32`, such as `{example}`", range.words),
                    );
                    return None;
                }
                Some(Number::Literal(number.value))
            }
            TermKind::Name(name, None) => {
                if self.scope.is_generic(name) {
                    self.diagnostics.report(
                        term.place,
                        format!("{what} is a real number, and `{name}` is a size of the struct"),
                        format!("write a number, such as `{example}`, or the path of a constant"),
                    );
                    return None;
                }
                if self.is_another_word(name, what, "a number", example) {
                    return None;
                }
                Some(self.constant_number(TokenTree::Ident(name.clone()).into(), term, range, what, example))
            }
            TermKind::Path(path) if path.arguments.is_none() => Some(self.constant_number(path.path.clone(), term, range, what, example)),
            TermKind::Expression(expression) => Some(self.constant_number(expression.clone(), term, range, what, example)),
            TermKind::Broken => None,
            _ => {
                self.wrong_kind(term, what, "a number", example);
                None
            }
        }
    }

    /// A real number that const evaluation must find in its range.
    fn constant_number(&mut self, tokens: TokenStream, term: &Term, range: Range, what: &str, example: &str) -> Number {
        let message = format!(
            "{what} must be {}, and `{}` is\nhelp: make it a number that is {}, such as `{example}`",
            range.words,
            text::term(term),
            range.words
        );
        let tokens = Tokens(tokens);
        self.numbers.push(NumberAssertion { claim: Claim::InRange(tokens.clone(), range), message, span: term.place.start });
        Number::Expression(tokens)
    }

    pub(crate) fn boolean(&mut self, term: &Term, what: &str) -> Option<bool> {
        match &term.kind {
            TermKind::Boolean(value) => Some(*value),
            TermKind::Broken => None,
            _ => {
                self.diagnostics.report(
                    term.place,
                    format!("{what} is `true` or `false`, and not `{}`", text::term(term)),
                    "write `true` or `false`",
                );
                None
            }
        }
    }

    pub(crate) fn initializer(&mut self, term: &Term, what: &str) -> Option<Initializer> {
        let names = Initializer::words;
        if let TermKind::Name(name, _) = &term.kind
            && let Some(foreign) = foreign::find(foreign::INITIALIZERS, &name.to_string())
        {
            self.diagnostics.report(name, format!("`{name}` {}", foreign.means), foreign.help(None));
            return None;
        }
        match &term.kind {
            TermKind::Broken => None,
            TermKind::Name(name, None) => {
                let word = name.to_string();
                if let Some(initializer) = Initializer::find(&word) {
                    return Some(initializer);
                }
                let help = match suggest::nearest(&word, names()) {
                    Some(near) => format!("an initializer with a similar name exists: `{near}`"),
                    None => format!("the initializers are {}", suggest::list(names())),
                };
                self.diagnostics.report(name, format!("unknown initializer `{name}`"), help);
                None
            }
            // `HeNormal()`
            TermKind::Name(name, Some(_)) if Initializer::find(&case::snake(&name.to_string())).is_some() => {
                let help = format!("write `{}`", case::snake(&name.to_string()));
                self.diagnostics.report(term.place, format!("{what} is a name without arguments"), help);
                None
            }
            TermKind::Module(module) => {
                foreign::report(self.diagnostics, module, foreign::INITIALIZERS);
                None
            }
            TermKind::Text(word) if Initializer::find(word).is_some() => {
                self.diagnostics.report(term.place, format!("{what} is a name without quotes"), format!("write `{word}`"));
                None
            }
            _ => {
                self.diagnostics.report(
                    term.place,
                    format!("{what} is the name of an initializer, and not `{}`", text::term(term)),
                    format!("the initializers are {}", suggest::list(names())),
                );
                None
            }
        }
    }

    /// The size of a window, or its stride, as rows and columns: a whole number for both, or of an image `[rows, columns]`.
    pub(crate) fn window(&mut self, term: &Term, is_sequence: bool, what: &str, example: &str) -> Option<[Dim; 2]> {
        match &term.kind {
            TermKind::List(items) if !is_sequence && items.len() == 2 => {
                let rows = self.dimension(&items[0], what, example);
                let columns = self.dimension(&items[1], what, example);
                Some([rows?, columns?])
            }
            TermKind::List(_) if is_sequence => {
                let fault = format!("{what} is a whole number, and not `{}`: it goes over a sequence", text::term(term));
                self.diagnostics.report(term.place, fault, format!("write a whole number, such as `{example}`"));
                None
            }
            TermKind::List(_) => {
                let fault = format!("{what} is a whole number, or [rows, columns], and not `{}`", text::term(term));
                self.diagnostics.report(term.place, fault, format!("write `{example}` or `[{example}, {example}]`"));
                None
            }
            _ => {
                let columns = self.dimension(term, what, example)?;
                Some([if is_sequence { Dim::Literal(1) } else { columns.clone() }, columns])
            }
        }
    }

    /// Rows above and below an image, columns to its left and right.
    pub(crate) fn margins(&mut self, term: &Term, what: &str, example: &str) -> Option<[[Dim; 2]; 2]> {
        let mut side = |term: &Term| {
            let size = self.whole(term, Least::Zero, what, example)?;
            Some([size.clone(), size])
        };
        let is_word = matches!(&term.kind, TermKind::Name(name, None) if Padding::find(&name.to_string()).is_some());
        match &term.kind {
            TermKind::List(items) if items.len() == 2 && items.iter().all(|item| !matches!(&item.kind, TermKind::List(ends) if ends.len() != 2)) => {
                let mut axis = |item: &Term| match &item.kind {
                    TermKind::List(ends) => {
                        let ([first, _], [_, last]) = (side(&ends[0])?, side(&ends[1])?);
                        Some([first, last])
                    }
                    _ => side(item),
                };
                let (rows, columns) = (axis(&items[0]), axis(&items[1]));
                Some([rows?, columns?])
            }
            TermKind::List(_) | TermKind::Name(..) if is_word || matches!(term.kind, TermKind::List(_)) => {
                let text = text::term(term);
                let fault = format!("{what} is a whole number, [rows, columns] or [[top, bottom], [left, right]], and not `{text}`");
                self.diagnostics.report(term.place, fault, "write `1`, `[1, 2]` or `[[0, 1], [0, 1]]`");
                None
            }
            _ => {
                let all = side(term)?;
                Some([all.clone(), all])
            }
        }
    }

    /// A list of axes, which stand there as numbers; the first is 1.
    pub(crate) fn axes(&mut self, term: &Term, what: &str, example: &str) -> Option<Vec<usize>> {
        let axis = |item: &Term| match &item.kind {
            TermKind::Number(NumberTerm { whole: Some(Some(number)), value, .. }) if *value >= 1.0 => usize::try_from(*number).ok(),
            _ => None,
        };
        let axes = match &term.kind {
            TermKind::List(items) => items.iter().map(axis).collect::<Option<Vec<usize>>>(),
            TermKind::Broken => return None,
            _ => None,
        };
        let is_list_of_distinct = axes.as_ref().is_some_and(|axes| !axes.is_empty() && (1..axes.len()).all(|at| !axes[..at].contains(&axes[at])));
        if !is_list_of_distinct {
            let fault = format!("{what} is a list of different axes, the first of which is 1, and not `{}`", text::term(term));
            self.diagnostics.report(term.place, fault, format!("write `{example}`"));
            return None;
        }
        // In one order: the fingerprint goes by what is meant.
        axes.map(|mut axes| {
            axes.sort_unstable();
            axes
        })
    }

    pub(crate) fn padding(&mut self, term: &Term, what: &str) -> Option<Padding> {
        let word = match &term.kind {
            TermKind::Broken => return None,
            TermKind::Name(name, None) => name.to_string(),
            TermKind::Text(word) if Padding::find(word).is_some() => {
                self.diagnostics.report(term.place, format!("{what} is a word without quotes"), format!("write `{word}`"));
                return None;
            }
            _ => String::new(),
        };
        let padding = Padding::find(&word);
        if padding.is_none() {
            let help = match suggest::nearest(&word, Padding::words()) {
                Some(near) => format!("a padding with a similar name exists: `{near}`"),
                None => "`valid` has only places where the whole window lies on its input; `same` pads it around".to_owned(),
            };
            self.diagnostics.report(term.place, format!("{what} is `valid` or `same`, and not `{}`", text::term(term)), help);
        }
        padding
    }

    /// Reports a word that means something else than a constant.
    fn is_another_word(&mut self, name: &Ident, what: &str, wanted: &str, example: &str) -> bool {
        let meaning = match self.scope.meaning(&name.to_string()) {
            Some(meaning) => meaning,
            None if !is_name(name) => "a word of Rust".into(),
            None => return false,
        };
        let help = format!("write {wanted}, such as `{example}`, or the path of a constant");
        self.diagnostics.report(name, format!("{what} is {wanted}, and `{name}` is {meaning}"), help);
        true
    }

    fn wrong_kind(&mut self, term: &Term, what: &str, wanted: &str, example: &str) {
        let help = format!("write {wanted}, such as `{example}`, or the path of a constant");
        self.diagnostics.report(term.place, format!("{what} is {wanted}, and not `{}`", text::term(term)), help);
    }

    /// The arguments of a loss or a metric, all of which are numbers, in the order of the parameters.
    pub(crate) fn numbers(&mut self, what: &str, place: Place, parameters: &[Argument], arguments: Option<&Arguments>) -> Vec<Number> {
        let bound = self.bind(what, place, parameters, arguments);
        parameters
            .iter()
            .map(|parameter| {
                let given = bound.get(parameters, parameter.name).and_then(|term| match parameter.kind {
                    ArgumentKind::Number(range) => self.number(term, range, &format!("`{}` of `{what}`", parameter.name), parameter.example),
                    _ => None,
                });
                given.unwrap_or(Number::Literal(match parameter.default {
                    Default::Number(value) => value,
                    // What must be given and is not was reported.
                    _ => 0.0,
                }))
            })
            .collect()
    }

    /// An activation as an argument.
    pub(crate) fn activation(&mut self, term: &Term, what: &str) -> Option<Function> {
        match &term.kind {
            TermKind::Broken => None,
            TermKind::Name(name, arguments) => {
                let word = name.to_string();
                let Some(activation) = vocabulary::find_activation(&word) else {
                    if word == "None" {
                        self.diagnostics.report(name, "there is no `None` here", "take it out: without an activation it is `linear`");
                        return None;
                    }
                    if let Some(foreign) = foreign::find(foreign::STEPS, &word) {
                        self.diagnostics.report(name, format!("`{name}` {}", foreign.means), foreign.help(arguments.as_ref()));
                        return None;
                    }
                    let help = match suggest::nearest(&word, vocabulary::activation_names()) {
                        Some(near) => format!("an activation with a similar name exists: `{near}`"),
                        None => {
                            let all = suggest::list(vocabulary::ACTIVATIONS.iter().map(|activation| activation.name));
                            format!("the activations are {all}; one of your own is written with its path: `crate::{word}`")
                        }
                    };
                    self.diagnostics.report(name, format!("unknown activation `{name}`"), help);
                    return None;
                };
                if let Some(argument) = arguments.iter().flat_map(|arguments| &arguments.items).next() {
                    self.diagnostics.report(argument.value.place, format!("the activation `{name}` takes no arguments"), format!("write `{name}`"));
                }
                Some(Function::Named(activation))
            }
            TermKind::Path(path) if path.arguments.is_none() => self.own_activation(path),
            TermKind::Module(module) => {
                foreign::report(self.diagnostics, module, foreign::STEPS);
                None
            }
            TermKind::Text(word) if vocabulary::find_activation(word).is_some() => {
                self.diagnostics.report(term.place, "an activation is a name without quotes", format!("write `{word}`"));
                None
            }
            _ => {
                let text = text::term(term);
                self.diagnostics.report(
                    term.place,
                    format!("{what} is an activation, and not `{text}`"),
                    "write the name of an activation, such as `relu`, or the path of one of your own",
                );
                None
            }
        }
    }

    pub(crate) fn own_activation(&mut self, path: &PathTerm) -> Option<Function> {
        self.no_generic_in(&path.path).then(|| Function::Own(path.last.to_string(), Tokens(path.path.clone())))
    }

    /// Const generics of the struct cannot be generics of a user's own layer: its width would depend on them.
    pub(crate) fn no_generic_in(&mut self, path: &TokenStream) -> bool {
        let Some(name) = self.generic_within(path) else { return true };
        self.diagnostics.report(
            &name,
            format!("`{name}` is a parameter of the struct, and cannot size a layer of your own"),
            format!("write `_` for the size of what flows in, or make `{name}` a `const` outside of the model"),
        );
        false
    }
}
