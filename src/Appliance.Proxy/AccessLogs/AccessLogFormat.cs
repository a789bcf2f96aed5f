using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.AccessLogs;

/// <summary>
/// What a line of the access log says: <c>combined</c> (nginx's), <c>json</c>, or a template over the built-in variables, as in nginx's
/// <c>log_format</c>. Immutable. Hot path: no memory but that of the values.
/// </summary>
public sealed class AccessLogFormat
{
    /// <summary>nginx's <c>combined</c> (ngx_http_log_module).</summary>
    public const string Combined =
        "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\"";

    // What stands in a line of json, in this order. Numbers have no quotes; what is empty is left out.
    private static readonly (string Name, string Variable, bool IsNumber)[] _json =
    [
        ("time", "time_iso8601_ms", false),
        ("request_id", "request_id", false),
        ("remote_addr", "remote_addr", false),
        ("remote_user", "remote_user", false),
        ("scheme", "scheme", false),
        ("host", "host", false),
        ("method", "request_method", false),
        ("uri", "request_uri", false),
        ("protocol", "server_protocol", false),
        ("status", "status", true),
        ("body_bytes_sent", "body_bytes_sent", true),
        ("request_length", "request_length", true),
        ("request_time", "request_time", true),
        ("route", "route_name", false),
        ("pool", "proxy_host", false),
        ("upstream_addr", "upstream_addr", false),
        ("upstream_status", "upstream_status", false),
        ("upstream_connect_time", "upstream_connect_time", false),
        ("upstream_header_time", "upstream_header_time", false),
        ("upstream_response_time", "upstream_response_time", false),
        ("upstream_bytes_sent", "upstream_bytes_sent", false),
        ("upstream_bytes_received", "upstream_bytes_received", false),
        ("failure_reason", "failure_reason", false),
        ("referer", "http_referer", false),
        ("user_agent", "http_user_agent", false),
        ("tls", "ssl_protocol", false),
        ("connection", "connection", true),
        ("connection_requests", "connection_requests", true),
        ("ws_messages_in", "ws_messages_in", true),
        ("ws_messages_out", "ws_messages_out", true),
        ("ws_bytes_in", "ws_bytes_in", true),
        ("ws_bytes_out", "ws_bytes_out", true),
        ("ws_close_code", "ws_close_code", true),
        ("ws_close_reason", "ws_close_reason", false),
        ("ws_end_reason", "ws_end_reason", false),
        ("ws_ended_by", "ws_ended_by", false),
    ];

    // What nginx finds in every request, so that its log has nothing there, and no dash, when it is empty.
    private static readonly FrozenSet<string> _alwaysThere = ["host", "https", "is_args", "request_completion", "server_name"];

    private readonly Piece[] _pieces;

    private AccessLogFormat(Piece[] pieces) => _pieces = pieces;

    /// <summary>
    /// Reads <c>json</c>, <c>combined</c> (in any letters, with blanks around) or a template. Null with a sentence in
    /// <paramref name="fault"/> when a variable is unknown, when there is no variable, or when the text has more than one line.
    /// </summary>
    public static AccessLogFormat? Parse(string text, out string? fault)
    {
        fault = null;
        var name = text.AsSpan().Trim();
        if (name.Equals("json", StringComparison.OrdinalIgnoreCase))
            return Json();
        if (text.Any(letter => char.IsControl(letter) && letter != '\t'))
        {
            fault = "A line of the access log has no line breaks, and no control characters but tabs.";
            return null;
        }

        var isCombined = name.Equals("combined", StringComparison.OrdinalIgnoreCase);
        var parsed = Template.Parse(isCombined ? Combined : text, VariableNames.BuiltIn);
        if (parsed.Template is not { } template)
        {
            fault = parsed.Error;
            return null;
        }

        if (template.Parts.All(part => part.Read is null))
        {
            fault = "Write combined, json, or a template with a variable in it, as $request: otherwise all lines are the same.";
            return null;
        }

        return new([
            .. template.Parts.Select(part => part.Read is null ? Piece.Text(part.Text) : Piece.Of(part.Text, part.Read)),
            Piece.Text("\n"),
        ]);
    }

    /// <summary>Writes the line of a request that is over, with its line break.</summary>
    internal void Write(RequestFacts facts, IBufferWriter<byte> to)
    {
        foreach (var piece in _pieces)
            piece.Write(facts, to);
    }

    /// <summary>
    /// The line of a WebSocket that has opened, as far as it is known: <see cref="Complete"/> writes it when the WebSocket is over.
    /// </summary>
    internal PendingLine Begin(RequestFacts facts, AnswerFacts answer)
    {
        var ready = new List<byte[]>();
        var buffer = new ArrayBufferWriter<byte>(256);
        foreach (var piece in _pieces)
        {
            if (piece.IsLate)
            {
                ready.Add(buffer.WrittenSpan.ToArray());
                buffer.ResetWrittenCount();
            }
            else
            {
                piece.Write(facts, buffer);
            }
        }

        ready.Add(buffer.WrittenSpan.ToArray());
        return new([.. ready], answer, this);
    }

    /// <summary>Writes the line of a WebSocket that is over.</summary>
    internal void Complete(PendingLine line, IBufferWriter<byte> to)
    {
        var facts = RequestFacts.Over(line.Answer);
        var next = 0;
        to.Write(line.Ready[next++]);
        foreach (var piece in _pieces)
        {
            if (!piece.IsLate)
                continue;
            piece.Write(facts, to);
            to.Write(line.Ready[next++]);
        }
    }

    private static AccessLogFormat Json()
    {
        var pieces = new List<Piece>();
        foreach (var (name, variable, isNumber) in _json)
        {
            var read = VariableTable.Find(variable, VariableNames.BuiltIn)
                ?? throw new InvalidOperationException($"${variable} is no variable.");
            pieces.Add(Piece.Member(name, variable, read, isNumber, isFirst: pieces.Count == 0));

            // Of a request that was refused, the line may be all that can be said.
            if (name == "protocol")
                pieces.Add(Piece.Member("request", "request", RefusedLine, isNumber: false, isFirst: false));
        }

        pieces.Add(Piece.Text("}\n"));
        return new([.. pieces]);
    }

    private static string RefusedLine(RequestFacts facts) => facts.IsRefused ? VariableTable.LineOf(facts) : "";

    /// <summary>A piece of a line: text, a variable, or a member of json with its value.</summary>
    private sealed class Piece
    {
        private readonly byte[] _text;
        private readonly string _name;
        private readonly Func<RequestFacts, string>? _read;
        private readonly bool _isMember;
        private readonly bool _isNumber;

        private Piece(byte[] text, string name, Func<RequestFacts, string>? read, bool isMember, bool isNumber) =>
            (_text, _name, _read, _isMember, _isNumber) = (text, name, read, isMember, isNumber);

        public bool IsLate => _read is not null && AnswerVariables.IsLate(_name);

        // Text of a template is one char for each byte already.
        public static Piece Text(string text) => new(Encoding.Latin1.GetBytes(text), "", null, isMember: false, isNumber: false);

        public static Piece Of(string name, Func<RequestFacts, string> read) => new([], name, read, isMember: false, isNumber: false);

        public static Piece Member(string name, string variable, Func<RequestFacts, string> read, bool isNumber, bool isFirst) =>
            new(Encoding.ASCII.GetBytes($"{(isFirst ? '{' : ',')}\"{name}\":"), variable, read, isMember: true, isNumber);

        public void Write(RequestFacts facts, IBufferWriter<byte> to)
        {
            if (_read is null)
            {
                to.Write(_text);
                return;
            }

            var value = _read(facts);
            if (!_isMember)
            {
                if (value.Length > 0)
                    LogText.Escaped(value, to);
                else if (!IsThereAndEmpty(facts))
                    to.Write("-"u8);
                return;
            }

            if (value.Length == 0)
                return;
            to.Write(_text);
            if (_isNumber)
                LogText.Escaped(value, to);
            else
                LogText.Json(value, to);
        }

        // nginx writes a dash for what is not there, and nothing for what is there and empty.
        private bool IsThereAndEmpty(RequestFacts facts) =>
            _alwaysThere.Contains(_name)
            || (_name.StartsWith("http_", StringComparison.Ordinal) && facts.Headers.ContainsKey(_name[5..].Replace('_', '-')));
    }
}

/// <summary>The line of a WebSocket that is open, as far as it is known.</summary>
/// <param name="Ready">What stands before, between and behind the variables that are known at the end.</param>
/// <param name="Answer">Where those are read.</param>
/// <param name="Format">What the line says; the log may have another one when the WebSocket is over.</param>
internal sealed record PendingLine(byte[][] Ready, AnswerFacts Answer, AccessLogFormat Format);
