//! The Gram matrix of the tasks' gradients.

/// `Gᵢⱼ = gᵢ·gⱼ` of the tasks that are present in a step: all that most directions depend on.
///
/// Rows and columns are the present tasks, in order; [`task`](Self::task) gives their numbers.
#[derive(Clone, Copy, Debug)]
pub struct Gram<'a> {
    size: usize,
    values: &'a [f64],
    tasks: &'a [usize],
    all_tasks: usize,
}

impl<'a> Gram<'a> {
    pub(super) fn of_tasks(size: usize, values: &'a [f64], tasks: &'a [usize], all_tasks: usize) -> Self {
        Self { size, values, tasks, all_tasks }
    }

    /// How many tasks are present.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// `gᵢ·gⱼ`.
    ///
    /// # Panics
    ///
    /// Where `row` or `column` is not below [`size`](Self::size).
    #[must_use]
    pub fn value(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.size + column]
    }

    /// All values, row by row.
    #[must_use]
    pub fn values(&self) -> &'a [f64] {
        self.values
    }

    /// The number of the task that row `row` stands for.
    ///
    /// # Panics
    ///
    /// Where `row` is not below [`size`](Self::size).
    #[must_use]
    pub fn task(&self, row: usize) -> usize {
        self.tasks[row]
    }

    /// How many tasks there are, with those that are absent.
    #[must_use]
    pub fn all_tasks(&self) -> usize {
        self.all_tasks
    }
}
