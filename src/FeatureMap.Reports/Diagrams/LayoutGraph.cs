namespace FeatureMap.Reports;

/// <summary>
/// The boxes of a layout in rows, and the lanes between them: a place in each row that an edge passes. Every edge then leads from one row
/// to the next. Nodes are numbers: the boxes first, then the places of the lanes.
/// </summary>
internal sealed class LayoutGraph
{
    private readonly int boxes;
    private readonly List<int>[] lanes;
    private readonly List<int> rowOf;
    private readonly List<double> widths;
    private readonly List<List<int>> above = [], below = [];
    private readonly HashSet<int> lines = [];

    public LayoutGraph(IReadOnlyList<LayoutBox> boxes, int[] rows, double lane)
    {
        this.boxes = boxes.Count;
        (rowOf, widths) = ([.. rows], [.. boxes.Select(box => box.Width)]);
        lanes = [.. boxes.Select(_ => new List<int>())];
        for (var i = 0; i < boxes.Count; i++)
            AddNode();
        var (last, readers) = (new int[boxes.Count], new int[boxes.Count]);
        for (var to = 0; to < boxes.Count; to++)
            foreach (var input in boxes[to].Inputs)
                (last[input], readers[input]) = (Math.Max(last[input], rows[to]), readers[input] + 1);
        for (var box = 0; box < boxes.Count; box++)
            for (var (row, before) = (rows[box] + 1, box); row < last[box]; row++)
            {
                rowOf.Add(row);
                widths.Add(lane);
                AddNode();
                lanes[box].Add(above.Count - 1);
                if (readers[box] == 1) lines.Add(above.Count - 1);
                Connect(before, above.Count - 1);
                before = above.Count - 1;
            }
        for (var to = 0; to < boxes.Count; to++)
            foreach (var input in boxes[to].Inputs.Distinct())
                Connect(rows[to] - rows[input] == 1 ? input : lanes[input][rows[to] - rows[input] - 2], to);
        Rows = [.. Enumerable.Range(0, rowOf.Max() + 1).Select(_ => new List<int>())];
        Visit();
    }

    /// <summary>Boxes and places of lanes.</summary>
    public int Count => above.Count;

    /// <summary>The nodes of each row, from left to right.</summary>
    public IReadOnlyList<List<int>> Rows { get; }

    public IReadOnlyList<int> RowOf => rowOf;

    public IReadOnlyList<double> Widths => widths;

    /// <summary>The nodes of the row above that lead to a node.</summary>
    public IReadOnlyList<int> Above(int node) => above[node];

    /// <summary>The nodes of the row below that a node leads to.</summary>
    public IReadOnlyList<int> Below(int node) => below[node];

    /// <summary>Whether the node is a box, not a place of a lane.</summary>
    public bool IsBox(int node) => node < boxes;

    /// <summary>Whether two nodes that follow each other stand on one line: boxes, a lane, and a lane to the one reader of its
    /// box.</summary>
    public bool AreOneLine(int node, int other) => IsBox(node) == IsBox(other) || lines.Contains(Math.Max(node, other));

    /// <summary>The places that an edge passes on its way from a box to another in a row further down.</summary>
    public IReadOnlyList<int> Lane(int from, int row) => lanes[from].GetRange(0, row - rowOf[from] - 1);

    /// <summary>Each node's place in its row.</summary>
    public int[] Places()
    {
        var places = new int[Count];
        foreach (var row in Rows)
            for (var i = 0; i < row.Count; i++)
                places[row[i]] = i;
        return places;
    }

    private void AddNode()
    {
        above.Add([]);
        below.Add([]);
    }

    private void Connect(int from, int to)
    {
        below[from].Add(to);
        above[to].Add(from);
    }

    // Depth first, boxes before lanes: what a branch leads to stands left of what comes beside it, so that nested jumps nest.
    private void Visit()
    {
        var isSeen = new bool[Count];
        var open = new Stack<int>();
        for (var box = 0; box < boxes; box++)
        {
            if (above[box].Count == 0) open.Push(box);
            while (open.Count > 0)
            {
                var node = open.Pop();
                if (isSeen[node]) continue;
                isSeen[node] = true;
                Rows[rowOf[node]].Add(node);
                foreach (var next in below[node].OrderBy(next => next).Reverse())
                    open.Push(next);
            }
        }
    }
}
