using FeatureMap.Analysis;
using static FeatureMap.Lessons.ConceptOption;

namespace FeatureMap.Lessons;

/// <summary>Rank of a Gauss, a Sobel and a Laplace kernel, by singular values.</summary>
internal sealed class SeparableConcept() : Concept(
    "separable", "a kernel of rank 1 is a column, then a row: 2k instead of k^2 products", "Ops/Conv2d/README.md",
    (Kernel, [3]))
{
    public override void Explain(ConceptValues values, ConceptPage page)
    {
        var kernel = values[Kernel];
        double[] bell = [1];
        for (var i = 1; i < kernel; i++)
            bell = [.. Enumerable.Range(0, i + 1).Select(at => (at < i ? bell[at] : 0) + (at > 0 ? bell[at - 1] : 0))];
        var gauss = KernelRank.Of([.. bell.SelectMany(down => bell.Select(across => down * across))], kernel, kernel);
        var sobel = KernelRank.Of([-1, 0, 1, -2, 0, 2, -1, 0, 1], 3, 3);
        var laplace = KernelRank.Of([0, 1, 0, 1, -4, 1, 0, 1, 0], 3, 3);

        page.Say($"K = sum of sigma_i u_i v_i^T. With one term a k x 1 and then a 1 x k convolution give the same; sigma_2 / sigma_1 says how much they miss else.");
        page.Row("gauss", $"singular values of the {kernel} x {kernel} binomial kernel", gauss.SingularValues).Number("gaussError", "error of two passes", Math.Round(gauss.TwoPassError, 12));
        page.Row("sobel", "singular values of Sobel's", sobel.SingularValues).Number("sobelError", "error of two passes", Math.Round(sobel.TwoPassError, 12));
        page.Row("laplace", "singular values of Laplace's", laplace.SingularValues).Number("laplaceError", "error of two passes", Math.Round(laplace.TwoPassError, 12));
        page.Number("products", "products per output of one kernel", kernel * kernel).Number("twoPasses", "of two passes", 2 * kernel);
    }
}
