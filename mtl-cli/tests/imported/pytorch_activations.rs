// Note: `/body/body.5/LeakyRelu` has a slope of 0.01: it is a `PRelu`, which training moves.

mtl::multitask! {
    pub struct Net {
        input x: [4];

        shared body = x -> Dense(4, relu6) -> Dense(4, leaky_relu) -> Dense(4) -> PRelu(shared_axes = [1])
            -> Dense(4, elu) -> Dense(4, selu) -> Dense(4, mish) -> Dense(4, hard_sigmoid) -> Dense(4, softsign)
            -> Dense(4) -> PRelu;

        head y = body -> Dense(1) { loss: mse }
        head z = body -> Dense(2, tanh) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_activations.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [-0.602, 0.459, 0.097, 0.601] },
                &[&[0.082257956], &[-0.27388778, 0.25048032]],
            ),
            (
                NetInputs { x: [-1.338, 0.807, -1.25, 1.053] },
                &[&[0.08211681], &[-0.273992, 0.25053686]],
            ),
            (
                NetInputs { x: [0.626, -0.207, 0.4, 1.007] },
                &[&[0.08237079], &[-0.27380407, 0.25043803]],
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
