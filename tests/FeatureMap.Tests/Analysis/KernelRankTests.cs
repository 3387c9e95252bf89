using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.Ops;
using Xunit;

namespace FeatureMap.Tests.Analysis;

public sealed class KernelRankTests
{
    private static readonly double[] Sobel = [-1, 0, 1, -2, 0, 2, -1, 0, 1];

    public static TheoryData<string, double[], int, double> RankOne => new()
    {
        { "Sobel", Sobel, 3, Math.Sqrt(12) }, // |(1 2 1)| x |(-1 0 1)|
        { "box", [.. Enumerable.Repeat(1.0, 25)], 5, 5 },
        { "binomial, nearly Gauss", [1, 4, 6, 4, 1, 4, 16, 24, 16, 4, 6, 24, 36, 24, 6, 4, 16, 24, 16, 4, 1, 4, 6, 4, 1], 5, 70 },
        { "one tap", [0, 0, 0, 0, -3, 0, 0, 0, 0], 3, 3 },
    };

    [Theory]
    [MemberData(nameof(RankOne))]
    public void Kernels_of_the_text_books_are_one_column_times_one_row(string name, double[] kernel, int size, double first)
    {
        var rank = KernelRank.Of(kernel, size, size);
        Assert.True(rank.Rank() == 1, name);
        Assert.Equal(first, rank.SingularValues[0], 1e-12);
        Assert.Equal(0, rank.TwoPassError, 1e-12);
        Near(kernel, rank.Approximate(), 1e-12);
    }

    [Fact]
    public void Sobel_smooths_down_and_differentiates_across()
    {
        var (column, row) = KernelRank.Of(Sobel, 3, 3).Term(0);
        Assert.Equal([1, 2, 1], column.Select(number => Math.Round(number / column[0], 12)));
        Assert.Equal([-1, 0, 1], row.Select(number => Math.Round(number * column[0], 12)));
        Assert.Equal("3x3, rank 1, two passes miss 0 %", KernelRank.Of(Sobel, 3, 3).ToString());
    }

    [Fact]
    public void Laplace_needs_two_terms()
    {
        // Eigenvalues of a symmetric kernel: -2 +- root of 6, and 0.
        var laplace = KernelRank.Of([0, 1, 0, 1, -4, 1, 0, 1, 0], 3, 3);
        Near([2 + Math.Sqrt(6), Math.Sqrt(6) - 2, 0], laplace.SingularValues, 1e-12);
        Assert.Equal(2, laplace.Rank());
        Assert.Equal((Math.Sqrt(6) - 2) / (Math.Sqrt(6) + 2), laplace.TwoPassError, 1e-12);
        Assert.Equal("3x3, rank 2, two passes miss 10.1 %", laplace.ToString());
        var identity = KernelRank.Of([1, 0, 0, 0, 1, 0, 0, 0, 1], 3, 3);
        Assert.Equal((3, 1.0), (identity.Rank(), identity.TwoPassError));
    }

    [Fact]
    public void The_error_of_two_passes_is_the_truncated_singular_values()
    {
        var random = new RandomSequence(60, RandomPurpose.Testing);
        for (var round = 0; round < 60; round++)
        {
            var (height, width) = (1 + random.NextInt(7), 1 + random.NextInt(7));
            var kernel = Draw(height * width, ref random);
            var rank = KernelRank.Of(kernel, height, width);
            var terms = random.NextInt(Math.Min(height, width) + 1);
            var missed = kernel.Zip(rank.Approximate(terms), (one, other) => one - other).ToArray();
            // As the sum of squares over the taps, and as the largest gain: the next singular value.
            Assert.Equal(rank.Remainder(terms), Math.Sqrt(missed.Sum(number => number * number)), 1e-12);
            Assert.Equal(terms < rank.SingularValues.Count ? rank.SingularValues[terms] : 0,
                KernelRank.Of(missed, height, width).SingularValues[0], 1e-12);
            Near(kernel, rank.Approximate(rank.SingularValues.Count), 1e-12);
            Assert.Equal(rank.SingularValues.OrderDescending(), rank.SingularValues);
        }
    }

    [Fact]
    public void A_column_and_a_row_one_after_the_other_are_the_nearest_kernel_of_rank_one()
    {
        var random = new RandomSequence(61, RandomPurpose.Testing);
        var rank = KernelRank.Of(Draw(15, ref random), 5, 3);
        var (column, row) = rank.Term(0);
        var image = OpTrial.Tensor(Shape.Image(1, 9, 8), 1, Draw(72, ref random));
        var down = new OpTrial(new Conv2d(1, (5, 1)) { HasBias = false }, [image], parameters: [[.. column]]);
        var across = new OpTrial(new Conv2d(1, (1, 3)) { HasBias = false }, [OpTrial.Tensor(Shape.Image(1, 5, 8), 1, down.Output)],
            parameters: [[.. row]]);
        var whole = new OpTrial(new Conv2d(1, (5, 3)) { HasBias = false }, [image], parameters: [rank.Approximate()]);
        Near(whole.Output, across.Output, 1e-5);
    }

    [Fact]
    public void Every_plane_of_a_layer_is_taken_apart()
    {
        var weights = Weights.Initialize(Network.Build(Shape.Image(2, 9, 9), x => x.Conv(3, kernel: (3, 5)).Flatten().Linear(2)), 1);
        var ranks = KernelRank.Of(weights["conv1.weight"]);
        Assert.Equal(6, ranks.Count);
        Assert.All(ranks, rank => Assert.Equal((3, 5, 3), (rank.Height, rank.Width, rank.Rank())));
        Near([.. weights["conv1.weight"].Values.Slice(15, 15).ToArray().Select(number => (double)number)], ranks[1].Approximate(3), 1e-7);
        Assert.Equal(
            "Kernels stand in the weight of a convolution, which has four dimensions: received linear1.weight [2 x 105].",
            Assert.Throws<UsageException>(() => KernelRank.Of(weights["linear1.weight"])).Message);
    }

    [Fact]
    public void A_kernel_of_zeros_has_rank_zero()
    {
        var zeros = KernelRank.Of(new double[6], 2, 3);
        Assert.Equal((0, 0.0), (zeros.Rank(), zeros.TwoPassError));
        Assert.Equal(new double[6], zeros.Approximate(2));
    }

    [Fact]
    public void What_is_no_kernel_is_told()
    {
        Assert.Equal("A kernel of 2 x 3 has 6 numbers, and at least one: received 5.",
            Assert.Throws<UsageException>(() => KernelRank.Of(new double[5], 2, 3)).Message);
        Assert.Equal("A kernel has finite numbers: received NaN.",
            Assert.Throws<UsageException>(() => KernelRank.Of([1, double.NaN], 1, 2)).Message);
        Assert.Equal("A 1x2 kernel has terms 0 to 0: received 1.",
            Assert.Throws<UsageException>(() => KernelRank.Of([1, 2], 1, 2).Term(1)).Message);
    }

    private static double[] Draw(int count, ref RandomSequence random)
    {
        var numbers = new double[count];
        foreach (ref var number in numbers.AsSpan())
            number = random.NextSingle(-2, 2);
        return numbers;
    }

    private static void Near(double[] expected, IReadOnlyList<double> received, double tolerance)
    {
        Assert.Equal(expected.Length, received.Count);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], received[i], tolerance);
    }
}
