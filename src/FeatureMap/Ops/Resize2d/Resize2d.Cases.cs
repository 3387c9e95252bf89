using FeatureMap.Randomness;

namespace FeatureMap.Ops;

public sealed partial class Resize2d
{
    // Nearest is exact on integers, and so are linear weights that are multiples of 1/4 and 1/8.
    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("nearest, twice", new Resize2d(ResizeTarget.Scale(2), ResizeMode.Nearest), [new Shape(3, 4, 5)], 19),
        new("nearest to a smaller size", new Resize2d(ResizeTarget.Size(3, 2), ResizeMode.Nearest), [new Shape(2, 7, 5)], 16),
        new("nearest, 1.5 and 2.5 times", new Resize2d(ResizeTarget.Scale(1.5f, 2.5f), ResizeMode.Nearest), [new Shape(2, 3, 3)], 5),
        new("nearest, the exact middle rounded up", new Resize2d(ResizeTarget.Size(4, 8), ResizeMode.Nearest) { Coordinates = ResizeCoordinates.HalfPixel, Rounding = NearestRounding.HalfUp }, [new Shape(2, 8, 4)], 3),
        new("nearest, the exact middle rounded down", new Resize2d(ResizeTarget.Size(4, 8), ResizeMode.Nearest) { Coordinates = ResizeCoordinates.HalfPixel, Rounding = NearestRounding.HalfDown }, [new Shape(2, 8, 4)], 3),
        new("nearest, rounded up", new Resize2d(ResizeTarget.Size(7, 9), ResizeMode.Nearest) { Coordinates = ResizeCoordinates.AlignCorners, Rounding = NearestRounding.Ceiling }, [new Shape(2, 5, 4)], 2),
        new("bilinear, twice", new Resize2d(ResizeTarget.Scale(2)), [new Shape(3, 4, 5)], 17),
        new("bilinear, four times", new Resize2d(ResizeTarget.Scale(4)), [new Shape(2, 3, 2)], 5),
        new("bilinear, half", new Resize2d(ResizeTarget.Scale(0.5f)), [new Shape(2, 6, 8)], 16),
        new("bilinear, aligned corners", new Resize2d(ResizeTarget.Size(9, 5)) { Coordinates = ResizeCoordinates.AlignCorners }, [new Shape(2, 5, 3)], 4),
        new("bilinear, any size", new Resize2d(ResizeTarget.Size(7, 5)), [new Shape(2, 4, 9)], 3, CaseValues.Reals),
        new("bilinear, asymmetric", new Resize2d(ResizeTarget.Scale(1.7f)) { Coordinates = ResizeCoordinates.Asymmetric }, [new Shape(2, 4, 5)], 3, CaseValues.Reals),
        new("bilinear, symmetric", new Resize2d(ResizeTarget.Scale(2.3f, 0.6f)) { Coordinates = ResizeCoordinates.HalfPixelSymmetric }, [new Shape(2, 3, 8)], 3, CaseValues.Reals),
        new("bilinear to a single pixel", new Resize2d(ResizeTarget.Size(1, 1)) { Coordinates = ResizeCoordinates.PyTorchHalfPixel }, [new Shape(2, 3, 4)], 18),
        new("bilinear, antialias", new Resize2d(ResizeTarget.Size(3, 2)) { Antialias = true }, [new Shape(2, 10, 7)], 3, CaseValues.Reals),
        new("a region that reaches out", new Resize2d(ResizeTarget.Size(5, 4)) { Coordinates = ResizeCoordinates.CropAndResize, Region = new ResizeRegion(-0.25f, 0.5f, 0.75f, 1.5f), Outside = 10 }, [new Shape(2, 5, 5)], 5, CaseValues.Reals),
        new("bicubic, twice", new Resize2d(ResizeTarget.Scale(2), ResizeMode.Bicubic), [new Shape(2, 4, 5)], 17, CaseValues.Reals),
        new("bicubic, outside left out", new Resize2d(ResizeTarget.Size(9, 3), ResizeMode.Bicubic) { CubicCoefficient = -0.5f, ExcludesOutside = true }, [new Shape(2, 4, 4)], 3, CaseValues.Reals),
        new("bicubic, antialias", new Resize2d(ResizeTarget.Scale(0.4f), ResizeMode.Bicubic) { Antialias = true, ExcludesOutside = true }, [new Shape(1, 8, 9)], 2, CaseValues.Reals),
        new("the same size", new Resize2d(ResizeTarget.Scale(1)), [new Shape(2, 3, 4)], 16),
        new("a vector becomes a plane", new Resize2d(ResizeTarget.Size(4, 3)), [Shape.Vector(5)], 16),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        while (true)
        {
            var input = new Shape(1 + random.NextInt(3), 1 + random.NextInt(8), 1 + random.NextInt(8));
            var mode = (ResizeMode)random.NextInt(3);
            var target = random.NextInt(2) == 0
                ? ResizeTarget.Size(1 + random.NextInt(10), 1 + random.NextInt(10))
                : ResizeTarget.Scale(random.NextSingle(0.2f, 3), random.NextSingle(0.2f, 3));
            var op = new Resize2d(target, mode)
            {
                Coordinates = (ResizeCoordinates)random.NextInt(6),
                Rounding = (NearestRounding)random.NextInt(4),
                Antialias = mode != ResizeMode.Nearest && random.NextInt(2) == 0,
                CubicCoefficient = random.NextInt(2) == 0 ? -0.75f : -0.5f,
                ExcludesOutside = random.NextInt(3) == 0,
                Region = new ResizeRegion(random.NextSingle(-0.2f, 0.5f), random.NextSingle(-0.2f, 0.5f), random.NextSingle(0.5f, 1.2f), random.NextSingle(0.5f, 1.2f)),
                Outside = random.NextInt(3),
            };
            try
            {
                _ = op.OutputShape([input]);
                return new OpCase("random", op, [input], 1 + random.NextInt(20), mode == ResizeMode.Nearest ? CaseValues.Integers : CaseValues.Reals);
            }
            catch (ShapeException)
            {
                // Nothing is left: draw another.
            }
        }
    }
}
