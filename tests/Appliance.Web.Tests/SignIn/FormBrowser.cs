using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Appliance.Web.Tests.SignIn;

/// <summary>
/// A browser without a window: cookies, the console's forms with their tokens, and an address of its own on this machine (127.0.0.0/8).
/// </summary>
internal sealed partial class FormBrowser : IDisposable
{
    private readonly HttpClient _http;

    public FormBrowser(int port, string address = "127.0.0.1", CookieContainer? cookies = null)
    {
        Cookies = cookies ?? new();
        _http = new(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                CookieContainer = Cookies,
                ConnectCallback = async (context, cancellationToken) =>
                {
                    var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
                    await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        )
        {
            BaseAddress = new($"http://127.0.0.1:{port}"),
            DefaultRequestHeaders = { { "Accept", "text/html" } },
        };
    }

    public CookieContainer Cookies { get; }

    /// <summary>The text of the notice that says what is wrong, of the last answer.</summary>
    public string? Problem { get; private set; }

    /// <summary>The text of the last page.</summary>
    public string Page { get; private set; } = "";

    public void Dispose() => _http.Dispose();

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => _http.SendAsync(request);

    /// <summary>Opens the page at this path and posts its form with these fields.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        await OpenAsync(path);
        return await PostAgainAsync(path, fields);
    }

    /// <summary>Opens a page.</summary>
    public async Task<HttpResponseMessage> OpenAsync(string path) => await ReadAsync(await _http.GetAsync(new Uri(path, UriKind.Relative)));

    /// <summary>Posts the form of the page that is open.</summary>
    public async Task<HttpResponseMessage> PostAgainAsync(string path, params (string Name, string Value)[] fields)
    {
        var hidden = Hidden()
            .Matches(Page)
            .Select(one => KeyValuePair.Create(one.Groups["name"].Value, WebUtility.HtmlDecode(one.Groups["value"].Value)))
            .Where(one => fields.All(field => field.Name != one.Key))
            .DistinctBy(one => one.Key); // a page of several forms has the token in each
        using var form = new FormUrlEncodedContent([.. hidden, .. fields.Select(field => KeyValuePair.Create(field.Name, field.Value))]);
        return await ReadAsync(await _http.PostAsync(new Uri(path, UriKind.Relative), form));
    }

    /// <summary>Signs in by password.</summary>
    public Task<HttpResponseMessage> SignInAsync(string name, string password, string? to = null) =>
        PostAsync("/sign-in" + (to is null ? "" : "?to=" + to), ("Input.Name", name), ("Input.Password", password));

    private async Task<HttpResponseMessage> ReadAsync(HttpResponseMessage answer)
    {
        Page = await answer.Content.ReadAsStringAsync();
        Problem = Notice().Match(Page) is { Success: true } found ? WebUtility.HtmlDecode(found.Groups[1].Value) : null;
        return answer;
    }

    [GeneratedRegex(
        """<input type="hidden" name="(?<name>[^"]*)" value="(?<value>[^"]*)"|<input name="(?<name>__RequestVerificationToken)" type="hidden" value="(?<value>[^"]*)" """
    )]
    private static partial Regex Hidden();

    [GeneratedRegex("""id="problem".*?class="mud-alert-message[^>]*>([^<]*)<""", RegexOptions.Singleline)]
    private static partial Regex Notice();
}
