mtl::multitask! {
    pub struct Net {
        input days: [5, 3];

        head each = days -> Conv1D(4, tanh, kernel = 1) -> LayerNorm(epsilon = 1e-5) -> Flatten -> Dense(2) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_over_each_step.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { days: [[-0.355, -1.205, 0.252], [0.968, -0.687, 0.904], [0.329, -0.074, 0.372], [-0.68, -0.346, -0.221], [-0.704, 0.337, 0.006]] },
                &[&[0.3064365, 0.05255057]],
            ),
            (
                NetInputs { days: [[0.233, 0.7, 1.21], [0.531, 0.055, -0.379], [0.86, -0.275, -0.133], [0.152, -0.37, 0.724], [-0.632, -0.227, 0.304]] },
                &[&[1.1190797, 0.5234914]],
            ),
            (
                NetInputs { days: [[0.834, -0.68, 0.636], [1.91, 1.076, -1.487], [-1.309, 0.444, 0.298], [0.016, 0.505, -0.755], [-1.679, -1.182, -1.477]] },
                &[&[-0.20295817, 0.6260243]],
            ),
        ];
        for (row, (inputs, heads)) in rows.iter().enumerate() {
            let outputs = MODEL.predict(inputs);
            for (head, expected) in heads.iter().enumerate() {
                let found = <Net as mtl::Model>::output_numbers(&outputs, head);
                assert_eq!(found.len(), expected.len());
                for (&found, &expected) in found.iter().zip(*expected) {
                    let bound = 1e-5 * expected.abs().max(1.0);
                    assert!((found - expected).abs() <= bound, "row {row}, head {head}: {found}, and {expected} in the source");
                }
            }
        }
    }
}
