//! Spans of `tracing`, with its feature: `fit`, in it `epoch`, in that `step` and `validate`.

/// A span that lasts as long as this.
pub(super) struct Span {
    #[cfg(feature = "tracing")]
    _entered: tracing::span::EnteredSpan,
}

#[cfg(not(feature = "tracing"))]
impl Span {
    pub(super) const fn fit(_: &'static str, _: usize) -> Self {
        Self {}
    }

    pub(super) const fn epoch(_: usize) -> Self {
        Self {}
    }

    pub(super) const fn step(_: u64) -> Self {
        Self {}
    }

    pub(super) const fn validate() -> Self {
        Self {}
    }
}

#[cfg(feature = "tracing")]
impl Span {
    pub(super) fn fit(model: &'static str, rows: usize) -> Self {
        Self { _entered: tracing::info_span!(target: "mtl", "fit", model, rows).entered() }
    }

    pub(super) fn epoch(number: usize) -> Self {
        Self { _entered: tracing::info_span!(target: "mtl", "epoch", number).entered() }
    }

    /// Without a subscriber that looks at traces, a comparison and no more.
    pub(super) fn step(number: u64) -> Self {
        Self { _entered: tracing::trace_span!(target: "mtl", "step", number).entered() }
    }

    pub(super) fn validate() -> Self {
        Self { _entered: tracing::debug_span!(target: "mtl", "validate").entered() }
    }
}

#[cfg(all(test, feature = "tracing"))]
mod tests {
    use std::string::{String, ToString};
    use std::sync::{Arc, Mutex};
    use std::vec::Vec;

    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use crate::optimizer::Sgd;
    use crate::testing::{dataset, model};
    use crate::trainer::Trainer;

    /// Notes what is entered and left.
    struct Notes(Arc<Mutex<(Vec<&'static str>, String)>>);

    impl Subscriber for Notes {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target() == "mtl"
        }
        fn new_span(&self, span: &Attributes<'_>) -> Id {
            let mut notes = self.0.lock().unwrap();
            notes.0.push(span.metadata().name());
            Id::from_u64(notes.0.len() as u64)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, _: &Event<'_>) {}
        fn enter(&self, span: &Id) {
            let mut notes = self.0.lock().unwrap();
            let name = notes.0[usize::try_from(span.into_u64()).unwrap() - 1].to_string();
            notes.1.push_str(&std::format!("({name}"));
        }
        fn exit(&self, _: &Id) {
            self.0.lock().unwrap().1.push(')');
        }
    }

    #[test]
    fn spans_are_in_each_other() {
        let notes = Arc::default();
        tracing::subscriber::with_default(Notes(Arc::clone(&notes)), || {
            let data = dataset(20);
            Trainer::new(Sgd::new(0.1)).epochs(2).batch_size(10).validation(&data).quiet().fit(&mut *model(1), &data).unwrap();
        });
        assert_eq!(notes.lock().unwrap().1, "(fit(epoch(step)(step)(validate))(epoch(step)(step)(validate)))");
    }
}
