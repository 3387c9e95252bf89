using System.Diagnostics;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Reports;

/// <summary>What every layout keeps: nothing overlaps, everything leads down, nothing depends on chance; and few edges cross.</summary>
public sealed class GraphLayoutTests
{
    public static TheoryData<string> Names => [.. Architectures.All.Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_architecture_is_laid_out(string name)
    {
        var network = Architectures.Find(name)!.Build();
        var clock = Stopwatch.StartNew();
        var layout = new DiagramDrawing(NetworkDiagram.Nodes(network)).Layout;
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{clock.Elapsed}");
        Check(layout);
        Assert.Equal(network.Layers.Count, network.Layers.Select(layer => layer.Name).Distinct().Count());
    }

    /// <summary>Branches and nested skips can be drawn in a plane, so they are.</summary>
    [Theory]
    [InlineData("vgg-16")]
    [InlineData("resnet-18")]
    [InlineData("resnet-50")]
    [InlineData("googlenet")]
    [InlineData("u-net")]
    [InlineData("mobilenet-v3-large")]
    [InlineData("efficientnet-b0")]
    [InlineData("squeezenet-1.1")]
    public void What_can_be_drawn_without_a_crossing_has_none(string name) =>
        Assert.Equal(0, new DiagramDrawing(NetworkDiagram.Nodes(Architectures.Find(name)!.Build())).Layout.Crossings);

    [Fact]
    public void A_chain_is_straight_and_a_skip_passes_beside_it()
    {
        var layout = GraphLayout.Of([Box(), Box(0), Box(1), Box(2, 0), Box(3)]);
        Check(layout);
        Assert.All(layout.Boxes, box => Assert.Equal(layout.Boxes[0].Middle, box.Middle, 1.0));
        Assert.Equal([0, 1, 2, 3, 4], layout.Boxes.Select(box => box.Row));
        var skip = layout.Edges.Single(edge => edge is { From: 0, To: 3 });
        Assert.True(skip.Points.Max(point => point.X) > layout.Boxes[1].X + layout.Boxes[1].Width);
    }

    [Fact]
    public void A_source_stands_right_above_its_reader()
    {
        var layout = GraphLayout.Of([Box(), Box(0), Box(1), Box(), Box(2, 3)]);
        Check(layout);
        Assert.Equal(layout.Boxes[4].Row - 1, layout.Boxes[3].Row);
        Assert.Empty(GraphLayout.Of([]).Boxes);
        Assert.Single(GraphLayout.Of([Box()]).Boxes);
    }

    /// <summary>Graphs of every kind, also such as no network has: many sources, double edges, long jumps.</summary>
    [Fact]
    public void Any_graph_is_laid_out()
    {
        for (var seed = 0; seed < 150; seed++)
        {
            var random = new Random(seed);
            var boxes = new List<LayoutBox>();
            for (var i = 0; i < 1 + random.Next(40); i++)
                boxes.Add(new LayoutBox(20 + random.Next(200), 10 + random.Next(90),
                    i == 0 ? [] : [.. Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(i))]));
            var layout = GraphLayout.Of(boxes);
            Check(layout);
            Assert.Equal(boxes.SelectMany((box, i) => box.Inputs.Select(input => (input, i))),
                layout.Edges.Select(edge => (edge.From, edge.To)));
            var again = GraphLayout.Of(boxes);
            Assert.Equal(layout.Boxes, again.Boxes);
            Assert.Equal(layout.Edges.SelectMany(edge => edge.Points), again.Edges.SelectMany(edge => edge.Points));
        }
    }

    /// <summary>The order of rows is never worse than what the graph was read in.</summary>
    [Fact]
    public void Ordering_takes_crossings_away()
    {
        // Two pairs that are handed over crosswise.
        var layout = GraphLayout.Of([Box(), Box(0), Box(0), Box(0), Box(2), Box(1), Box(3), Box(4), Box(6), Box(5)]);
        Assert.Equal(0, layout.Crossings);
    }

    [Fact]
    public void A_diagram_has_each_layer_once_with_its_words()
    {
        var network = Network.Build(Shape.Image(1, 8, 8), x =>
            x.Conv(4, 3, name: "first").BatchNorm().Relu().GlobalAveragePool().Linear(2));
        var html = new HtmlBuilder();
        NetworkDiagram.Of(network).Render(html, "d");
        var text = html.ToString();
        Assert.Contains("role=\"img\" aria-labelledby=\"d-title\" aria-describedby=\"d-text\"", text, StringComparison.Ordinal);
        Assert.Contains("5 layers from 1x8x8 to 2; each reads the one before.", text, StringComparison.Ordinal);
        Assert.Equal(6, text.Split("<rect class=\"piece\"").Length - 1);
        // Normalisation and activation stand in the box of their convolution.
        Assert.Equal(4, text.Split("<rect class=\"node\"").Length - 1);
        var linked = new HtmlBuilder();
        new DiagramDrawing(NetworkDiagram.Nodes(network, layer => $"/walk/x?layer={layer.Name}", network.Layers[2]))
            .Write(linked, "d", "t", "s");
        Assert.Contains("role=\"group\"", linked.ToString(), StringComparison.Ordinal);
        Assert.Contains("aria-current=true", linked.ToString(), StringComparison.Ordinal);
        Assert.Equal(6, linked.ToString().Split("<a href=\"/walk/x?layer=").Length - 1);
    }

    private static LayoutBox Box(params int[] inputs) => new(100, 40, inputs);

    private static void Check(GraphLayout layout)
    {
        var boxes = layout.Boxes;
        foreach (var row in boxes.GroupBy(box => box.Row))
        {
            var sorted = row.OrderBy(box => box.X).ToList();
            for (var i = 1; i < sorted.Count; i++)
                Assert.True(sorted[i].X >= sorted[i - 1].X + sorted[i - 1].Width + 10, $"{sorted[i - 1]} touches {sorted[i]}");
        }
        var bottoms = boxes.GroupBy(box => box.Row).ToDictionary(row => row.Key, row => row.Max(box => box.Bottom));
        Assert.All(boxes, box =>
        {
            Assert.InRange(box.X, 0, layout.Width - box.Width);
            Assert.InRange(box.Y, 0, layout.Height - box.Height);
            if (box.Row > 0) Assert.True(box.Y >= bottoms[box.Row - 1] + GraphLayout.Gap - 0.01);
        });
        foreach (var edge in layout.Edges)
        {
            var (from, to) = (boxes[edge.From], boxes[edge.To]);
            Assert.Equal((from.Middle, from.Bottom), (edge.Points[0].X, edge.Points[0].Y));
            Assert.InRange(edge.Points[^1].X, to.X, to.X + to.Width);
            Assert.Equal(to.Y, edge.Points[^1].Y);
            Assert.True(to.Row > from.Row && to.Y > from.Bottom);
            for (var i = 1; i < edge.Points.Count; i++)
            {
                var (above, below) = (edge.Points[i - 1], edge.Points[i]);
                Assert.True(below.Y >= above.Y, "an edge leads up");
                // Inside a row an edge is straight, and no box stands there.
                if (below.Y - above.Y <= GraphLayout.Gap + 0.01 && i % 2 == 0) continue;
                if (above.X == below.X)
                    Assert.DoesNotContain(boxes, box => above.X > box.X && above.X < box.X + box.Width
                        && box.Y < below.Y - 0.01 && box.Bottom > above.Y + 0.01);
            }
        }
    }
}
