namespace Appliance.Fuzz;

/// <summary>Inputs to begin with: each has a way through its parser that the others do not have. One char is one byte.</summary>
internal static class FirstInputs
{
    public static readonly string[] Answers =
    [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nok",
        "HTTP/1.0 404  Not Found\nSet-Cookie: a\nSet-Cookie:\tb \n\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close, x\r\n\r\n",
        "HTTP/1.1 200 \u00e9\r\nX: \u0001\u00e9\r\n folded\r\n\r\n",
    ];

    public static readonly string[] Chunks =
    [
        "5\r\nhello\r\n0\r\n\r\nbehind",
        "a;x=\"y\" \r\n0123456789\r\n00\r\nX-Trailer: 1\r\nY:\r\n\r\n",
        "1\n.\n0\n\n",
        "FFFFFFFFFFFFFFF\r\nx",
    ];

    public static readonly string[] Requests =
    [
        "GET /a?b=%20 HTTP/1.1\r\nHost: a.test\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n\r\n",
        "POST http://h:80/x HTTP/1.1\nhost:h\nContent-Length: 3\n\nabc",
        "PUT * HTTP/1.0\r\nTransfer-Encoding: chunked\r\nX_Under: 1\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost:\r\nTransfer-Encoding: gzip, chunked\r\nUpgrade: websocket\r\n\r\n",
        "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:\r\n\r\n",
    ];

    public static readonly string[] ProxyHeaders =
    [
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 65535\r\nGET /",
        "PROXY TCP6 2001:db8::1 ::1 80 443\r\n",
        "PROXY UNKNOWN anything\r\n",
        "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\u00c0\0\u0002\u0001\u00c0\0\u0002\u0002\0\u0050\u0001\u00bb",
        "\r\n\r\n\0\r\nQUIT\n\x20\x00\0\0rest",
    ];

    public static readonly string[] Frames =
    [
        "\u0081\u0005hello",
        "\u0081\u0085\u0001\u0002\u0003\u0004\u0069\u0067\u006f\u0068\u006e",
        "\u0002\u007e\0\u00ff" + "x",
        "\u0089\0\u008a\0\u0088\u0006\u0003\u00e8gone",
        "\u0001\u0001a\u0080\u007f\0\0\0\0\0\0\0\u0001b",
    ];
}
