mtl::multitask! {
    pub struct Net {
        input x: { a, b?, c };
        input z: { d?, e };
        input w: [3];

        let x2 = x -> Normalize(indicator = true) -> BatchNorm(momentum = 0.5) -> LayerNorm -> RmsNorm(epsilon = 0.5) -> Scale;
        let z2 = z -> Impute(indicator = true) -> Dropout(0.25) -> GaussianNoise(0.5) -> Robust;
        let v = z -> Robust -> Dense(2, bias = false);
        shared w2 = w -> Normalize -> LayerNorm(epsilon = 0.01) -> BatchNorm -> PRelu;

        head y = (x2, z2, w2, v) -> Concat -> Dense(3) { loss: mse, targets: standardized }
        head t = w2 -> Dense(1, sigmoid) { loss: binary_cross_entropy }
        head same = w2 -> Dense(1, sigmoid) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/exported_words_numbers_odd.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: NetX { a: 1.2128448, b: None, c: 1.2820146 }, z: NetZ { d: Some(-0.22905779), e: -0.96352863 }, w: [1.6127155, -0.9301748, -1.1764412] },
                &[&[0.67349106, -1.6607641, -0.83500373], &[0.2894924], &[0.42327496]],
            ),
            (
                NetInputs { x: NetX { a: 1.4748614, b: None, c: 1.4669814 }, z: NetZ { d: None, e: -0.8048825 }, w: [-1.8961716, 1.9622483, 1.1019013] },
                &[&[0.40620056, -1.4721054, -0.36764604], &[0.3054731], &[0.3943332]],
            ),
            (
                NetInputs { x: NetX { a: 1.7368779, b: Some(1.2120316), c: 1.6519482 }, z: NetZ { d: None, e: -0.6462364 }, w: [-1.4050584, 0.8546715, -0.61975646] },
                &[&[0.432029, -1.4266132, -0.35196245], &[0.30501127], &[0.3959091]],
            ),
            (
                NetInputs { x: NetX { a: 1.9988945, b: Some(-1.4624367), c: 1.836915 }, z: NetZ { d: None, e: -0.4875903 }, w: [-0.91394544, -0.25290537, 1.658586] },
                &[&[0.41489372, -1.3065269, -0.3558663], &[0.3027756], &[0.3973646]],
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
