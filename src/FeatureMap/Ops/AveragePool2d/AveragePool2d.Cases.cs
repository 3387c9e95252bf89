using FeatureMap.Randomness;

namespace FeatureMap.Ops;

public sealed partial class AveragePool2d
{
    // A window of 1, 2, 4 or 8 counted taps divides by a power of two, which is exact on integers; others round.
    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("2x2", new AveragePool2d(2), [new Shape(3, 6, 8)], 19),
        new("2x2, odd row and column unread", new AveragePool2d(2), [new Shape(2, 7, 5)], 16),
        new("4x2 overlapping", new AveragePool2d((4, 2)) { Stride = (2, 1) }, [new Shape(2, 8, 5)], 5),
        new("2x2 padding counted", new AveragePool2d(2) { Padding = 1 }, [new Shape(2, 5, 6)], 17),
        new("2x2 padding not counted", new AveragePool2d(2) { Padding = 1, CountsPadding = false }, [new Shape(2, 6, 6)], 3),
        new("2x2 ceil mode on odd sizes", new AveragePool2d(2) { CeilMode = true }, [new Shape(2, 7, 5)], 4),
        new("dilation 2", new AveragePool2d(2) { Stride = 1, Dilation = (2, 3) }, [new Shape(2, 6, 7)], 5),
        new("gaps: stride larger than the window", new AveragePool2d((1, 2)) { Stride = (2, 3) }, [new Shape(2, 6, 9)], 5),
        new("3x3 stride 2", new AveragePool2d(3) { Stride = 2 }, [new Shape(2, 9, 8)], 17, CaseValues.Reals),
        new("3x3 same, padding not counted", new AveragePool2d(3) { Stride = 1, Padding = Padding.Same, CountsPadding = false }, [new Shape(2, 5, 6)], 5, CaseValues.Reals),
        new("2x2 same, odd pixel before", new AveragePool2d(2) { Stride = 1, Padding = Padding.SameLower }, [new Shape(2, 5, 6)], 5),
        new("asymmetric padding, ceil mode", new AveragePool2d((3, 2)) { Stride = 2, Padding = new Padding(0, 1, 1, 0), CeilMode = true }, [new Shape(1, 6, 4)], 2, CaseValues.Reals),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => WindowCases.Fitting(ref random, (ref random) =>
    {
        var isExact = random.NextInt(2) == 0;
        var input = new Shape(1 + random.NextInt(3), 1 + random.NextInt(10), 1 + random.NextInt(10));
        var op = new AveragePool2d(isExact ? (1 << random.NextInt(3), 1 << random.NextInt(3)) : WindowCases.Pair(ref random, 4))
        {
            Dilation = WindowCases.OftenOne(ref random, 3),
            Padding = WindowCases.PoolPadding(ref random),
            // A partial window divides by whatever it still covers.
            CeilMode = !isExact && random.NextInt(2) == 0,
            CountsPadding = isExact || random.NextInt(2) == 0,
            Stride = WindowCases.Pair(ref random, 4),
        };
        return new OpCase("random", op, [input], 1 + random.NextInt(20), isExact ? CaseValues.Integers : CaseValues.Reals);
    });
}
