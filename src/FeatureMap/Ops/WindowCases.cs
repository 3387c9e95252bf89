using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>What the random cases of convolutions and of pooling have in common.</summary>
internal static class WindowCases
{
    // Small enough for a naive reference.
    private const long MostProducts = 120_000;

    public delegate Convolution ConvolutionMaker(ref RandomSequence random, int groups);

    /// <summary>Draws until the windows fit and their products are not too many.</summary>
    public static OpCase Fitting(ref RandomSequence random, RandomCaseMaker draw)
    {
        while (true)
        {
            var drawn = draw(ref random);
            try
            {
                _ = drawn.Op.OutputShape(drawn.Inputs);
                if (drawn.Op.Cost(drawn.Inputs).MultiplyAdds * drawn.Batch <= MostProducts) return drawn;
            }
            catch (ShapeException)
            {
                // Does not fit: draw another.
            }
        }
    }

    /// <summary>Any convolution over inputs of at most so many rows and columns, often with groups and now and then depthwise.</summary>
    public static OpCase Convolution(ref RandomSequence random, int mostPixels, ConvolutionMaker make) => Fitting(ref random, (ref random) =>
    {
        var groups = random.NextInt(3) == 0 ? 1 + random.NextInt(4) : 1;
        var input = new Shape(groups * (1 + random.NextInt(5)), 1 + random.NextInt(mostPixels), 1 + random.NextInt(mostPixels));
        if (random.NextInt(8) == 0) groups = input.Channels;
        return new OpCase("random", make(ref random, groups), [input], random.NextInt(4) == 0 ? 1 + random.NextInt(40) : 1 + random.NextInt(6));
    });

    /// <summary>A 3x3 convolution with channels enough for Winograd tiles, now and then with a dilation.</summary>
    public static OpCase Winograd(
        ref RandomSequence random, Func<int, Padding, int, bool, Convolution> make, int least = Ops.Convolution.WinogradChannels)
    {
        var dilation = random.NextInt(3) == 0 ? 2 : 1;
        var op = make(least + random.NextInt(8), Sides(ref random, 3), dilation, random.NextInt(2) == 0);
        var side = dilation == 1 ? 5 : 10;
        var input = new Shape(least + random.NextInt(8), side + random.NextInt(4), side + random.NextInt(4));
        return new OpCase("random Winograd", op, [input], 1 + random.NextInt(3));
    }

    /// <summary>A 1x1 kernel with channels enough for panels.</summary>
    public static OpCase Pointwise(ref RandomSequence random, Func<int, PerAxis, bool, Convolution> make)
    {
        const int least = Ops.Convolution.PanelChannels;
        var op = make(least + random.NextInt(12), OftenOne(ref random, 3), random.NextInt(2) == 0);
        var input = new Shape(least + random.NextInt(12), 1 + random.NextInt(6), 2 + random.NextInt(6));
        return new OpCase("random pointwise", op, [input], 1 + random.NextInt(3));
    }

    /// <summary>A number per axis, from 1 to this.</summary>
    public static PerAxis Pair(ref RandomSequence random, int most) => (1 + random.NextInt(most), 1 + random.NextInt(most));

    /// <summary>A number per axis, from 1 to this and mostly 1.</summary>
    public static PerAxis OftenOne(ref RandomSequence random, int most) =>
        (1 + (random.NextInt(2) * random.NextInt(most)), 1 + (random.NextInt(2) * random.NextInt(most)));

    /// <summary>A number per side, from 0 to this.</summary>
    public static Padding Sides(ref RandomSequence random, int most) =>
        new(random.NextInt(most + 1), random.NextInt(most + 1), random.NextInt(most + 1), random.NextInt(most + 1));

    /// <summary>Either rule of <c>same</c>.</summary>
    public static Padding Same(ref RandomSequence random) => random.NextInt(2) == 0 ? Padding.Same : Padding.SameLower;

    /// <summary>Of a pooling: none, a rule, or up to 2 pixels per side.</summary>
    public static Padding PoolPadding(ref RandomSequence random) =>
        random.NextInt(3) == 0 ? Padding.Valid : random.NextInt(3) == 0 ? Same(ref random) : Sides(ref random, 2);
}
