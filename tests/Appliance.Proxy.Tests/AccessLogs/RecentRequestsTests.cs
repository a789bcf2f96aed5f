using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.AccessLogs;

public sealed class RecentRequestsTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(249, 249)]
    [InlineData(250, 250)]
    [InlineData(251, 251)]
    [InlineData(RecentRequests.Kept, RecentRequests.Kept)]
    [InlineData(RecentRequests.Kept + 1, RecentRequests.Kept)]
    [InlineData((2 * RecentRequests.Kept) + 123, RecentRequests.Kept)]
    public void NewestFirst_HasTheLastOnes(int count, int kept)
    {
        var requests = new RecentRequests();
        for (var number = 1; number <= count; number++)
            requests.Add(new PastRequest { Status = number });

        var all = requests.NewestFirst().Select(request => request.Status).ToList();

        requests.Count.ShouldBe(count);
        all.ShouldBe(Enumerable.Range(0, kept).Select(ago => count - ago));
    }

    [Fact]
    public void Find_OfANumber_IsThatOneWhileItIsKept()
    {
        var requests = new RecentRequests();
        for (var number = 1; number <= RecentRequests.Kept + 10; number++)
            requests.Add(new PastRequest { Status = number });

        requests.Find(0).ShouldBeNull();
        requests.Find(10).ShouldBeNull();
        requests.Find(11).ShouldNotBeNull().Status.ShouldBe(11);
        requests.Find(RecentRequests.Kept + 10).ShouldNotBeNull().Status.ShouldBe(RecentRequests.Kept + 10);
        requests.Find(RecentRequests.Kept + 11).ShouldBeNull();
    }

    [Fact]
    public void Find_APage_CountsAllThatAreMeant()
    {
        var requests = new RecentRequests();
        for (var number = 1; number <= 1000; number++)
            requests.Add(new PastRequest { Status = number });

        var (some, found) = requests.Find(request => request.Status % 2 == 0, skip: 10, most: 5);

        found.ShouldBe(500);
        some.Select(request => request.Status).ShouldBe([980, 978, 976, 974, 972]);
    }

    // One looks while many write: what is seen is in order, and nothing is seen twice.
    [Fact]
    public async Task NewestFirst_WhileOthersWrite_IsInOrder()
    {
        var requests = new RecentRequests();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable
            .Range(0, 3)
            .Select(_ =>
                Task.Run(() =>
                {
                    while (!stop.IsCancellationRequested)
                        requests.Add(new PastRequest { Status = 200 });
                })
            )
            .ToArray();
        for (var look = 0; look < 200; look++)
        {
            var numbers = requests.NewestFirst().Select(request => request.Number).ToList();
            numbers.ShouldBe(numbers.Distinct().OrderDescending());
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
    }

    [Fact]
    public async Task Requests_OfAProxy_AreKeptWithServersAndReasons()
    {
        await using var backend = new RecordingBackend();
        var config = Configs.All("http://127.0.0.1:1", backend.Address);
        await using var proxy = await ProxyUnderTest.StartAsync(config);
        for (var times = 0; times < 4; times++)
            await RawHttp.GetAsync(proxy.Port, "/a?token=secret", "a.test", "User-Agent: me\r\n");
        await RawHttp.SendAsync(proxy.Port, "GET /\u00e4 HTTP/1.1\r\nHost: a\r\n\r\n");
        await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.Requests.Count == 5), "all are kept");

        var all = proxy.Host.Requests.NewestFirst().ToList();
        (all[0].Status, all[0].Path, all[0].RouteName).ShouldBe((400, "/\u00e4", ""));
        var tried = all.Skip(1).First(request => request.Before is not null);
        (tried.Status, tried.Path, tried.Host, tried.RouteName, tried.PoolName).ShouldBe((200, "/a", "a.test", "all", "backend"));
        (tried.UserAgent, tried.Client?.ToString(), tried.Method).ShouldBe(("me", "127.0.0.1", "GET"));
        var tries = tried.Tries.ToList();
        tries.Select(one => (one.Address, one.Status)).ShouldBe([("127.0.0.1:1", 502), ($"127.0.0.1:{backend.Port}", 200)]);
        tries[0].Failure.ShouldBe("The server refused the connection.");
        tries[1].Header.ShouldNotBeNull();
    }

    [Fact]
    public async Task Request_OfAClientThatLeft_IsNoFailure()
    {
        var isAsked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var backend = new RecordingBackend
        {
            Answer = _ => "HTTP/1.1 2",
            Behind = async (_, stream, stop) =>
            {
                isAsked.TrySetResult();
                await stream.CopyToAsync(Stream.Null, stop);
            },
        };
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));
        await using (var client = await RawHttp.ConnectAsync(proxy.Port))
        {
            await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            await isAsked.Task.WaitAsync(client.Limit);
        }

        await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.Requests.Count == 1), "it is kept");
        var request = proxy.Host.Requests.NewestFirst().Single();
        (request.Status, request.HasLeft).ShouldBe((499, true));
    }

    // The HTTP server tells of an end within a body in two ways, whichever it sees first: it is one fault.
    [Theory]
    [InlineData("Content-Length: 100\r\n\r\nabc")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n64\r\nabc")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")]
    public async Task BodyThatBreaksOff_IsAClientThatLeft(string rest)
    {
        await using var server = new ConnectionServer(connection => connection.DrainAsync());
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(server.Address));
        const int times = 10;
        for (var time = 0; time < times; time++)
        {
            await using var client = await RawHttp.ConnectAsync(proxy.Port);
            await client.WriteAsync($"POST / HTTP/1.1\r\nHost: a\r\n{rest}");
            var open = time + 1;
            await Eventually.TrueAsync(() => Task.FromResult(server.Connections >= open), "the server is asked");
            client.EndSending();
            await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.Requests.Count == open), "it is kept");
        }

        foreach (var request in proxy.Host.Requests.NewestFirst())
        {
            (request.Status, request.HasLeft, request.IsSpoilt).ShouldBe((499, true, false));
            (request.Failure, request.Last.Status).ShouldBe(("The client went away.", 0));
        }
    }

    [Fact]
    public async Task BodyThatCannotBeRead_IsTheClientsFault_WithoutAStatusOfTheServer()
    {
        await using var server = new ConnectionServer(connection => connection.DrainAsync());
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(server.Address));
        await using var client = await RawHttp.ConnectAsync(proxy.Port);
        await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        await Eventually.TrueAsync(() => Task.FromResult(server.Connections == 1), "the server is asked");
        await client.WriteAsync("zz\r\n");
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 400 ");

        await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.Requests.Count == 1), "it is kept");
        var request = proxy.Host.Requests.NewestFirst().Single();
        (request.Status, request.HasLeft, request.IsSpoilt).ShouldBe((400, false, true));
        (request.Failure, request.Last.Status).ShouldBe(("The client's body cannot be accepted.", 0));
    }
}
