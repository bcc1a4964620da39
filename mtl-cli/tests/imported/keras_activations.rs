// Note: `leaky_re_lu` has a slope of 0.1: it is a `PRelu`, which training moves.

mtl::multitask! {
    pub struct Net {
        input x: [4];

        shared dense_6 = x -> Dense(4, relu6) -> Dense(4, leaky_relu) -> Dense(4, mish)
            -> Dense(4, hard_sigmoid) -> Dense(4, softsign) -> Dense(4, hard_silu) -> Dense(4)
            -> PRelu(shared_axes = [1]) -> elu -> Dense(4, softmax);

        head y = dense_6 -> Dense(1) { loss: mse }
        head z = dense_6 -> gelu -> Dense(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/keras_activations.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [0.346, 0.822, 0.33, -1.303] },
                &[&[0.019717768], &[0.22580993]],
            ),
            (
                NetInputs { x: [0.905, 0.446, -0.537, 0.581] },
                &[&[0.019533306], &[0.22620215]],
            ),
            (
                NetInputs { x: [0.365, 0.294, 0.028, 0.547] },
                &[&[0.01926291], &[0.22650853]],
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
