using FeatureMap.Lessons;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>36 products; C x and C^T dY; the adjoint identity.</summary>
internal sealed class FourThreeOracle : LessonOracle
{
    public override string Id => "four-three";

    public override void Check(LessonState state, LessonPage page)
    {
        var (image, kernel, dy) = (page.Numbers("input"), page.Numbers("kernel"), page.Numbers("gradient"));
        var (output, dx, dw) = Products(image, (1, 4, 4), kernel, (1, 3, 3), dy);
        Close(page, "output", output);
        Close(page, "dx", dx);
        Close(page, "dw", dw);
        Same(page, "reads", [1, 2, 2, 1, 2, 4, 4, 2, 2, 4, 4, 2, 1, 2, 2, 1]);
        Same(page, "filled", [36]);
        Assert.Equal((4, 16), (((SparseMatrix)page["matrix"]).Rows, ((SparseMatrix)page["matrix"]).Columns));
        Assert.Equal(output.Zip(dy, (y, g) => y * g).Sum(), dx.Zip(image, (g, x) => g * x).Sum(), 1e-6);
        if (state.Query.Length == 0) Same(page, "output", [8, 8, 8, 8]);
    }
}
