mtl::multitask! {
    pub struct Net {
        input x: [5];

        shared trunk = x -> BatchNorm(momentum = 0.9, epsilon = 1e-5) -> Dense(8, silu, bias = false);

        head experts_a = trunk -> Dense(4, relu) -> BatchNorm(momentum = 0.9, epsilon = 1e-5) -> Dense(1) { loss: mse }
        head experts_b = trunk -> Dense(4, relu) -> BatchNorm(momentum = 0.9, epsilon = 1e-5) -> Dense(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_experts.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [1.088, 0.51, 0.655, 1.392, 0.955] },
                &[&[-0.588696], &[0.42945853]],
            ),
            (
                NetInputs { x: [0.498, 1.685, 0.491, 0.433, -1.385] },
                &[&[-0.62836003], &[0.45144758]],
            ),
            (
                NetInputs { x: [0.803, 0.175, 0.407, -0.817, 1.607] },
                &[&[-0.5451993], &[0.54305184]],
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
