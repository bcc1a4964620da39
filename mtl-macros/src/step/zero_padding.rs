//! `ZeroPadding2D`: zeros around an image.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::Emit;
use crate::size::{self, Dim, Shape};
use crate::vocabulary::{ArgumentKind, Default, Takes, optional};

use super::int8::{Allows, AtTheStart, Call, How, Part, Parts, Taken};
use super::{Constant, ConstantValue, Definition, Descriptor, Int8, Rules, Sizes, Word};

pub(super) const WORDS: &[Word] = &[Word::new(
    "ZeroPadding2D",
    Takes::Image,
    &[optional("padding", ArgumentKind::Margins, Default::Size(1), "1").positional()],
    |given| ZeroPadding { margins: given.margins("padding") }.into(),
)
.says("zeros around an image; `padding` is a number, `[rows, columns]` or `[[top, bottom], [left, right]]`")];

#[derive(Clone)]
pub(crate) struct ZeroPadding {
    /// `[[top, bottom], [left, right]]`; `None` where it was wrong and reported.
    margins: Option<[[Dim; 2]; 2]>,
}

impl ZeroPadding {
    fn margins(&self) -> impl Iterator<Item = &Dim> {
        self.margins.iter().flatten().flatten()
    }

    /// The runtime's description of it.
    fn descriptor(&self, sizes: &Sizes, emit: &Emit<'_>) -> Descriptor {
        let layer = &emit.paths.layer;
        let image = sizes.input().iter().map(|dim| emit.size(dim));
        let margins: Vec<TokenStream> = self.margins().map(|dim| emit.size(dim)).collect();
        let (rows, columns) = margins.split_at(margins.len() / 2);
        Descriptor::new(quote!(#layer::ZeroPadding), &quote!([#(#image),*], [[#(#rows),*], [#(#columns),*]]))
    }
}

impl Definition for ZeroPadding {
    fn name(&self) -> &str {
        "ZeroPadding2D"
    }

    fn takes(&self) -> Takes {
        Takes::Image
    }

    fn shape(&mut self, inputs: &[Shape], rules: &mut dyn Rules) -> Option<Shape> {
        let ([height, width, channels], [rows, columns]) = (inputs[0].dims(), self.margins.as_ref()?) else { return None };
        let mut shape = Vec::new();
        for (along, [before, after]) in [(height, rows), (width, columns)] {
            let terms = [before, along, after].map(Clone::clone);
            let sum = size::sum(&terms);
            if terms.iter().any(size::is_generic) && sum != *along {
                rules.no_arithmetic(&terms, "the sum", " + ");
                return None;
            }
            shape.push(sum);
        }
        shape.push(channels.clone());
        rules.real(shape)
    }

    fn sizes_mut(&mut self) -> Vec<&mut Dim> {
        self.margins.iter_mut().flatten().flatten().collect()
    }

    fn described(&self, kind: &str) -> String {
        // Names of constants are left out: what a model is does not depend on them.
        let known: Option<Vec<usize>> = self.margins().map(|dim| if let Dim::Literal(size) = dim { Some(*size) } else { None }).collect();
        match known.as_deref() {
            Some([top, bottom, left, right]) if [bottom, left, right] == [top; 3] => format!("{kind}({top})"),
            Some([top, bottom, left, right]) if top == bottom && left == right => format!("{kind}([{top}, {left}])"),
            Some([top, bottom, left, right]) => format!("{kind}([[{top}, {bottom}], [{left}, {right}]])"),
            _ => kind.to_owned(),
        }
    }

    fn constants(&self, _: &Sizes) -> Vec<Constant> {
        let margins = ["top", "bottom", "left", "right"].iter().zip(self.margins());
        margins.map(|(name, size)| Constant::predicting(name, ConstantValue::Size(size.clone()))).collect()
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let model = &emit.paths.model;
        let margins: Vec<TokenStream> = self.margins().map(|dim| emit.size(dim)).collect();
        let (rows, columns) = margins.split_at(margins.len() / 2);
        quote!(#model::graph::Operation::ZeroPadding2D { padding: [[#(#rows),*], [#(#columns),*]] })
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        Some(self.descriptor(sizes, emit))
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for ZeroPadding {
    fn at_the_start(&self) -> AtTheStart {
        AtTheStart::May
    }

    // What it adds is the byte of 0.
    fn keeps_range(&self) -> bool {
        true
    }

    fn gives(&self, _: &Sizes) -> Allows {
        Allows::OneZero
    }

    fn takes(&self, sizes: &Sizes, taken: &Taken<'_>) -> Allows {
        taken.along(sizes.channels(), Allows::OneZero)
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (field, Parts { int8, from_each, .. }) = (of.field(), of);
        match of.how {
            How::Start => Vec::new(),
            How::Bytes | How::End | How::Edge(_) => {
                of.one(quote!(#int8::ZeroPadding), quote!(#int8::ZeroPadding::set(&mut self.#field, #(#from_each)*);))
            }
        }
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, descriptor) = (&call.int8, self.descriptor(call.sizes, &call.items));
        let (kind, margins) = (&descriptor.kind, &descriptor.value);
        match call.how {
            How::Start => {
                let (from, to) = (call.real(0), call.to_real());
                quote!(#kind::place(&#margins, &#from, &mut #to, 0.0);)
            }
            How::Bytes | How::End | How::Edge(_) => {
                let (part, from, to) = (call.part(), call.bytes(0), call.to_bytes());
                quote!(#int8::ZeroPadding::forward(&self.#part, &#margins, &#from, &mut #to);)
            }
        }
    }
}
