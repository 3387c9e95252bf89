using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>Cases that functions of one, two or three numbers have in common; each op adds what its inputs may hold.</summary>
internal static class ElementwiseCases
{
    /// <summary>Planes and a vector, batches that are no multiple of 16.</summary>
    public static IReadOnlyList<OpCase> OfOne(Op op, CaseValues values = CaseValues.Integers, params InputValues[] inputs) =>
    [
        new("plane", op, [new Shape(3, 5, 4)], 19, values) { InputValues = inputs },
        new("vector", op, [Shape.Vector(7)], 16, values) { InputValues = inputs },
    ];

    public static OpCase RandomOfOne(ref RandomSequence random, Op op, CaseValues values = CaseValues.Integers, params InputValues[] inputs) =>
        new("random", op, [RandomShape(ref random)], 1 + random.NextInt(40), values) { InputValues = inputs };

    /// <summary>Equal shapes, and each way to stretch: one axis, several, the first input, the second, both.</summary>
    public static IReadOnlyList<OpCase> OfTwo(Op op, CaseValues values = CaseValues.Integers, params InputValues[] inputs) =>
    [
        new("planes", op, [new Shape(3, 5, 4), new Shape(3, 5, 4)], 19, values) { InputValues = inputs },
        new("vectors", op, [Shape.Vector(7), Shape.Vector(7)], 16, values) { InputValues = inputs },
        new("a number per channel", op, [new Shape(3, 5, 4), Shape.Vector(3)], 18, values) { InputValues = inputs },
        new("a number per pixel, first", op, [new Shape(1, 5, 4), new Shape(3, 5, 4)], 5, values) { InputValues = inputs },
        new("a number per row", op, [new Shape(3, 5, 4), new Shape(3, 5, 1)], 2, values) { InputValues = inputs },
        new("a number per column", op, [new Shape(3, 5, 4), new Shape(1, 1, 4)], 17, values) { InputValues = inputs },
        new("one number over a map", op, [new Shape(3, 5, 4), Shape.Vector(1)], 33, values) { InputValues = inputs },
        new("one number over a vector, first", op, [Shape.Vector(1), Shape.Vector(9)], 3, values) { InputValues = inputs },
        new("both stretch", op, [Shape.Vector(3), new Shape(1, 5, 4)], 19, values) { InputValues = inputs },
        new("column and row", op, [new Shape(2, 5, 1), new Shape(2, 1, 4)], 1, values) { InputValues = inputs },
    ];

    public static OpCase RandomOfTwo(ref RandomSequence random, Op op, CaseValues values = CaseValues.Integers, params InputValues[] inputs) =>
        new("random", op, RandomShapes(ref random, 2), 1 + random.NextInt(40), values) { InputValues = inputs };

    public static Shape RandomShape(ref RandomSequence random) => new(1 + random.NextInt(6), 1 + random.NextInt(8), 1 + random.NextInt(8));

    /// <summary>Shapes that meet: in half of the draws all equal, else each axis of each shape is 1 now and then.</summary>
    public static Shape[] RandomShapes(ref RandomSequence random, int count)
    {
        var whole = RandomShape(ref random);
        var shapes = new Shape[count];
        Array.Fill(shapes, whole);
        if (random.NextInt(2) == 0) return shapes;
        foreach (ref var shape in shapes.AsSpan())
            shape = new Shape(SometimesOne(whole.Channels, ref random), SometimesOne(whole.Height, ref random), SometimesOne(whole.Width, ref random));
        return shapes;
    }

    private static int SometimesOne(int size, ref RandomSequence random) => random.NextInt(3) == 0 ? 1 : size;
}
