using System.Diagnostics;
using System.Net;
using System.Text.Json;
using FeatureMap.Lessons;
using FeatureMap.Studio;
using Xunit;

namespace FeatureMap.Tests.Studio;

/// <summary>Every route as page and as data, every problem, and the order of the socket.</summary>
public sealed class ContractTests(RunningStudio studio) : IClassFixture<RunningStudio>
{
    private static readonly (string, string) AsData = ("Accept", "application/json"), AsPage = ("Accept", "text/html,*/*;q=0.8");

    public static TheoryData<string> Lessons => [.. Lesson.All.Select(lesson => lesson.Id)];

    [Fact]
    public async Task The_map_of_the_course_is_a_page_and_data()
    {
        using var root = await studio.Ask("/");
        Assert.Equal("/learn", root.Headers.Location!.OriginalString);
        var page = await studio.Text("/learn");
        using var data = JsonDocument.Parse(await studio.Text("/learn", AsData));
        Assert.Equal(1, data.RootElement.GetProperty("schema").GetInt32());
        Assert.Equal(Lesson.All.Select(lesson => lesson.Id), data.RootElement.GetProperty("lessons").EnumerateArray().Select(lesson =>
            lesson.GetProperty("id").GetString()!));
        Assert.All(Lesson.All, lesson => Assert.Contains($"href=\"/learn/{lesson.Id}\"", page, StringComparison.Ordinal));
        Assert.All(Course.Chapters, chapter => Assert.Contains($"id=\"chapter-{chapter.Letter}\"", page, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("conv2d", "/learn/convolution")]
    [InlineData("What+is+convolution%3F", "/learn/convolution")]
    public async Task A_search_for_one_lesson_leads_to_it(string text, string place)
    {
        using var answer = await studio.Ask($"/learn?find={text}");
        Assert.Equal((HttpStatusCode.SeeOther, place), (answer.StatusCode, answer.Headers.Location?.OriginalString));
        Assert.Contains("0 lessons for “&lt;b&gt;”", await studio.Text("/learn?find=%3Cb%3E"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Lessons))]
    public async Task A_lesson_is_a_page_a_part_data_and_a_file(string id)
    {
        var page = await studio.Text($"/learn/{id}", AsPage);
        var stage = await studio.Text($"/learn/{id}/stage");
        Assert.Contains(stage.Trim(), page, StringComparison.Ordinal);
        Assert.Single(page.Split("<h1>")[1..]);
        foreach (var part in (string[])["forward", "matrix", "gradient", "cost", "code", "reference", "practice"])
            Assert.Contains($"id=\"{part}\"", page, StringComparison.Ordinal);
        using var data = JsonDocument.Parse(await studio.Text($"/learn/{id}", AsData));
        Assert.Equal(id, data.RootElement.GetProperty("lesson").GetString());
        Assert.True(data.RootElement.GetProperty("schema").GetInt32() >= 1);
        using var file = await studio.Ask($"/learn/{id}/file");
        Assert.Equal($"featuremap-{id}.html", file.Content.Headers.ContentDisposition!.FileName!.Trim('"'));
        var text = await file.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(text.Length < 1_000_000, $"{text.Length} letters");
        Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<link", text, StringComparison.Ordinal);
        Assert.DoesNotMatch(" (?:src|href|action)=\"(?!#|data:|https://)", text);
        Assert.DoesNotMatch("^(?:import|export) ", text);
    }

    [Theory]
    [InlineData("/learn/convolution?stride=9", 400, "stride is a whole number from 1 to 4", "'9'")]
    [InlineData("/learn/convolution?no-such=1", 400, "", "")]
    [InlineData("/learn/convolution?stride=2&stride=3", 400, "", "")]
    [InlineData("/learn/convolutoin", 404, "/learn, or /learn/ and the name of a lesson", "/learn/convolutoin")]
    [InlineData("/learn/convolution?input=2x2&kernel=3", 400, "", "")]
    public async Task A_problem_teaches(string path, int status, string expected, string received)
    {
        using var answer = await studio.Ask(path);
        Assert.Equal((status, "application/problem+json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        string Of(string name) => problem.RootElement.TryGetProperty(name, out var value) ? value.GetString()! : "";
        Assert.All((string[])["title", "detail", "where", "fix"], name => Assert.NotEmpty(Of(name)));
        if (expected.Length > 0) Assert.Equal((expected, received), (Of("expected"), Of("received")));
        using var page = await studio.Ask(path, AsPage);
        Assert.Equal((status, "text/html"), ((int)page.StatusCode, page.Content.Headers.ContentType!.MediaType));
        Assert.Contains(WebUtility.HtmlEncode(Of("fix")), await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    /// <summary>The pages' own script refuses a page with quality 0, while its socket is not open yet; it then reads the problem.</summary>
    [Theory]
    [InlineData("text/html;q=0, */*", "application/problem+json")]
    [InlineData("text/html; q=0.0, application/json", "application/problem+json")]
    [InlineData("application/json, text/html;q=0.5", "text/html")]
    public async Task A_form_of_quality_0_is_not_sent(string accept, string sent)
    {
        using var answer = await studio.Ask("/learn/convolution/stage?padding=99", [("Accept", accept)]);
        Assert.Equal((400, sent), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
    }

    /// <summary>What a form without a script sends: all controls, spaces as plus signs, lines in the text of a matrix.</summary>
    [Fact]
    public async Task A_plain_form_computes()
    {
        using var data = JsonDocument.Parse(await studio.Text(
            "/learn/convolution?stride=1&padding=0&mode=zeros&dilation=1&flip=false&cell=0+0&input=1+2%0D%0A3+4&kernel=10+0%0D%0A0+1&gradient=1%7E", AsData));
        Assert.Equal(14, data.RootElement.GetProperty("numbers").GetProperty("output")[0].GetDouble());
        Assert.Equal("input=1_2~3_4&kernel=10_0~0_1&gradient=1~",
            Uri.UnescapeDataString(data.RootElement.GetProperty("state").GetString()!));
    }

    [Fact]
    public async Task The_socket_answers_each_question_once()
    {
        using var socket = await studio.Open();
        await RunningStudio.Say(socket, """{"ask": 7, "path": "/learn/convolution/stage?stride=2"}""");
        using var first = JsonDocument.Parse(await RunningStudio.Hear(socket));
        Assert.Equal(7, first.RootElement.GetProperty("answer").GetInt32());
        Assert.Equal(await studio.Text("/learn/convolution/stage?stride=2"), first.RootElement.GetProperty("html").GetString());
        await RunningStudio.Say(socket, """{"ask": 8, "path": "/learn/convolution/stage?stride=9"}""");
        using var second = JsonDocument.Parse(await RunningStudio.Hear(socket));
        Assert.Equal(400, second.RootElement.GetProperty("problem").GetProperty("status").GetInt32());
        var asked = Enumerable.Range(20, 12).ToList();
        foreach (var number in asked)
            await RunningStudio.Say(socket, $$"""{"ask": {{number}}, "path": "/learn/convolution/stage?input={{2 + (number % 8)}}"}""");
        var answered = new List<int>();
        for (var i = 0; i < asked.Count; i++)
        {
            using var heard = JsonDocument.Parse(await RunningStudio.Hear(socket));
            var number = heard.RootElement.GetProperty("answer").GetInt32();
            answered.Add(number);
            // Older ones may be superseded; the newest never is.
            if (heard.RootElement.TryGetProperty("problem", out var problem)) Assert.Contains(problem.GetProperty("status").GetInt32(),
                (int[])[409, 400]);
            if (number == asked[^1]) Assert.True(heard.RootElement.TryGetProperty("html", out _)
                || problem.GetProperty("status").GetInt32() == 400);
        }
        Assert.Equal(asked, answered.Order());
    }

    /// <summary>A slider that is dragged on a busy machine: only the last question counts, and it is answered.</summary>
    [Fact]
    public async Task The_newest_of_many_questions_is_answered_with_numbers()
    {
        using var socket = await studio.Open();
        const int questions = 400;
        for (var number = 1; number <= questions; number++)
            await RunningStudio.Say(socket, $$"""{"ask": {{number}}, "path": "/learn/convolution/stage?stride={{1 + (number % 2)}}"}""");
        var others = new List<int>();
        while (true)
        {
            using var heard = JsonDocument.Parse(await RunningStudio.Hear(socket));
            var answer = heard.RootElement;
            if (answer.GetProperty("answer").GetInt32() < questions)
            {
                if (answer.TryGetProperty("problem", out var problem)) others.Add(problem.GetProperty("status").GetInt32());
                continue;
            }
            Assert.True(answer.TryGetProperty("html", out _), answer.GetRawText());
            break;
        }
        Assert.All(others, status => Assert.Equal(409, status));
    }

    [Fact]
    public async Task Only_so_much_is_worked_on_and_waited_for()
    {
        var gate = new WorkGate(atOnce: 2, mostWaiting: 3, limit: TimeSpan.FromSeconds(30));
        using var release = new ManualResetEventSlim();
        var (running, most) = (0, 0);
        int Work()
        {
            var now = Interlocked.Increment(ref running);
            lock (gate) most = Math.Max(most, now);
            release.Wait(TestContext.Current.CancellationToken);
            Interlocked.Decrement(ref running);
            return 1;
        }
        // A task that waits for a place counts; one that is worked on counts no longer.
        var works = Enumerable.Range(0, 12).Select(_ => gate.Do(Work, TestContext.Current.CancellationToken)).ToList();
        var refused = works.Where(work => work.IsFaulted).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, work => Assert.Equal(429, Assert.IsType<ProblemException>(work.Exception!.InnerException).Problem.Status));
        release.Set();
        await Task.WhenAll(works.Except(refused));
        Assert.InRange(most, 1, 2);
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gate.Do(() => 1, stopped.Token));
        Assert.Equal(1, await gate.Do(() => 1, TestContext.Current.CancellationToken));
        var slow = new WorkGate(limit: TimeSpan.FromMilliseconds(20));
        var clock = Stopwatch.StartNew();
        var late = await Assert.ThrowsAsync<ProblemException>(() => slow.Do(() =>
            TestContext.Current.CancellationToken.WaitHandle.WaitOne(400), TestContext.Current.CancellationToken));
        Assert.Equal(429, late.Problem.Status);
        Assert.True(clock.ElapsedMilliseconds < 400);
    }
}
