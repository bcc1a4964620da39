//! Errors that read well: from `main`, from `unwrap`, and in a log.

/// `Debug` as the message: it is what `fn main() -> Result<(), E>` and `unwrap` print, where a tree of fields is of no use to the reader.
macro_rules! print_messages {
    ($($(#[$attribute:meta])* $error:ty,)*) => {
        $(
            $(#[$attribute])*
            impl core::fmt::Debug for $error {
                fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    core::fmt::Display::fmt(self, formatter)
                }
            }
        )*
    };
}

print_messages! {
    crate::balance::BalanceError,
    crate::balance::StateUnknown,
    crate::category::UnknownCategory,
    crate::model::FieldError,
    crate::model::InputError,
    crate::model::record::TargetError,
    crate::pass::PassError,
    crate::setting::InvalidSetting,
    crate::stepper::StepError,
    crate::weights::HeaderError,
    #[cfg(feature = "std")]
    crate::adapt::AdaptError,
    #[cfg(feature = "std")]
    crate::compare::CompareError,
    #[cfg(feature = "std")]
    crate::data::DataError,
    #[cfg(feature = "std")]
    crate::data::WriteError,
    #[cfg(feature = "std")]
    crate::int8::Int8LoadError,
    #[cfg(feature = "std")]
    crate::int8::QuantizeError,
    #[cfg(feature = "std")]
    crate::kernel::InUse,
    #[cfg(feature = "std")]
    crate::meta::MetaError,
    #[cfg(feature = "std")]
    crate::trainer::SampleError,
    #[cfg(feature = "std")]
    crate::trainer::TrainError,
    #[cfg(feature = "std")]
    crate::weights::checkpoint::CheckpointError,
    #[cfg(feature = "std")]
    crate::weights::checkpoint::CheckpointErrorKind,
    #[cfg(feature = "std")]
    crate::weights::LoadError,
    #[cfg(feature = "std")]
    crate::weights::LoadErrorKind,
    #[cfg(feature = "std")]
    crate::weights::Problem,
    #[cfg(feature = "std")]
    crate::weights::SaveError,
    #[cfg(feature = "plot")]
    crate::plot::PlotError,
    #[cfg(feature = "std")]
    FileError,
    #[cfg(feature = "std")]
    Error,
}

#[cfg(feature = "std")]
pub use with_std::{Error, FileError};

#[cfg(feature = "std")]
mod with_std {
    use core::fmt::{self, Display, Formatter};
    use std::borrow::ToOwned;
    use std::boxed::Box;
    use std::io;
    use std::path::{Path, PathBuf};
    use std::string::{String, ToString};

    /// A file that cannot be written.
    #[derive(thiserror::Error)]
    #[error("cannot write `{}`: {error}", path.display())]
    pub struct FileError {
        /// The file.
        pub path: PathBuf,
        /// Why.
        pub error: io::Error,
    }

    impl FileError {
        pub(crate) fn of(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
            |error| Self { path: path.to_owned(), error }
        }
    }

    type Boxed = Box<dyn core::error::Error + Send + Sync>;

    /// Any error, for programs: `?` turns every other into it, and `fn main() -> Result<(), mtl::Error>` prints the message and its causes.
    ///
    /// ```
    /// use mtl_core::Error;
    ///
    /// fn parse(text: &str) -> Result<f32, Error> {
    ///     let number = text.parse::<f32>()?;
    ///     if number > 0.0 { Ok(number) } else { Err(Error::new(format!("{number} is not above 0"))) }
    /// }
    ///
    /// assert_eq!(format!("{:?}", parse("-1").unwrap_err()), "-1 is not above 0");
    /// assert_eq!(parse("one").unwrap_err().to_string(), "invalid float literal");
    /// ```
    ///
    /// It is no [`core::error::Error`] itself, as every such error can become one; [`as_error`](Self::as_error) is what it holds. Libraries
    /// return the errors of the functions that they call, which can be matched.
    pub struct Error(Boxed);

    impl Error {
        /// An error that is a message and nothing else.
        #[must_use]
        pub fn new(message: impl Into<String>) -> Self {
            Self(message.into().into())
        }

        /// What it holds.
        #[must_use]
        pub fn as_error(&self) -> &(dyn core::error::Error + 'static) {
            &*self.0
        }

        /// What it holds, if that is of this type: `error.downcast_ref::<TrainError>()`.
        #[must_use]
        pub fn downcast_ref<E: core::error::Error + 'static>(&self) -> Option<&E> {
            self.as_error().downcast_ref()
        }
    }

    impl<E: core::error::Error + Send + Sync + 'static> From<E> for Error {
        fn from(error: E) -> Self {
            Self(Box::new(error))
        }
    }

    impl From<Error> for Boxed {
        fn from(error: Error) -> Self {
            error.0
        }
    }

    impl From<Error> for Box<dyn core::error::Error> {
        fn from(error: Error) -> Self {
            error.0
        }
    }

    /// The message, and each cause that it does not tell.
    impl Display for Error {
        fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
            let mut told = self.0.to_string();
            formatter.write_str(&told)?;
            let mut next = self.0.source();
            while let Some(cause) = next {
                let text = cause.to_string();
                if !told.contains(&text) {
                    write!(formatter, "\n  because {text}")?;
                    told = text;
                }
                next = cause.source();
            }
            Ok(())
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use std::format;
    use std::io;
    use std::path::Path;
    use std::string::ToString;

    #[derive(Debug, thiserror::Error)]
    #[error("the device is not ready")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("it is warm: {0}")]
    struct Inner(#[source] io::Error);

    #[test]
    fn a_cause_is_told_once() {
        let error = Error::from(Outer(Inner(io::Error::other("90 °C"))));
        assert_eq!(format!("{error:?}"), "the device is not ready\n  because it is warm: 90 °C");
        assert!(error.downcast_ref::<Outer>().is_some() && error.downcast_ref::<Inner>().is_none());
        assert_eq!(std::boxed::Box::<dyn core::error::Error>::from(error).to_string(), "the device is not ready");
    }

    /// What `fn main() -> Result<(), TrainError>` and `-> Result<(), Box<dyn Error>>` print, too.
    #[test]
    fn an_error_prints_its_message() {
        let error = crate::trainer::TrainError::NonFiniteLoss { head: "visits", loss: f64::NAN, epoch: 3, step: 71 };
        assert_eq!(format!("{error:?}"), error.to_string());
        assert!(error.to_string().starts_with("the loss of the head `visits` is NaN in step 71 (epoch 3)"));
        let error = FileError::of(Path::new("a/b.csv"))(io::Error::other("full"));
        assert_eq!(format!("{:?}", Error::from(error)), "cannot write `a/b.csv`: full");
    }
}
