using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.AccessLogs;

/// <summary>
/// The newest requests that are over, in memory: <see cref="Kept"/> of them, in about 4 MB and the texts of clients, with at most 8 MB of
/// names of headers. Hot path: one lock for the time of a copy, and no object.
/// </summary>
public sealed class RecentRequests
{
    /// <summary>How many are kept.</summary>
    public const int Kept = 10_000;

    // Pieces are made when they are needed, and looked through one at a time: nobody waits for a look at all of them.
    private const int Piece = 250;
    private const int MostBefore = 15;

    // Beyond it, only lists of names are kept that others have as well.
    private const int MostNameBytes = 8 * 1024 * 1024;
    private readonly PastRequest[]?[] _pieces = new PastRequest[]?[Kept / Piece];
    private readonly HeaderNameShelf _names = new();
    private readonly Lock _gate = new();
    private long _count;
    private int _nameBytes;

    /// <summary>How many there have been since the start.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>
    /// The newest of those that <paramref name="isMeant"/>, newest first: at most <paramref name="most"/>, from number
    /// <paramref name="skip"/> on; with how many there are.
    /// </summary>
    public (IReadOnlyList<PastRequest> Some, int Found) Find(Func<PastRequest, bool> isMeant, int skip, int most)
    {
        var some = new List<PastRequest>(Math.Min(most, 64));
        var found = 0;
        foreach (var request in NewestFirst())
        {
            if (!isMeant(request))
                continue;
            if (found >= skip && some.Count < most)
                some.Add(request);
            found++;
        }

        return (some, found);
    }

    /// <summary>The request of that number; null: it is not kept any more.</summary>
    public PastRequest? Find(long number)
    {
        lock (_gate)
        {
            if (number <= 0 || number > _count || number <= _count - Kept)
                return null;
            var at = (int)((number - 1) % Kept);
            return _pieces[at / Piece]?[at % Piece];
        }
    }

    /// <summary>All that are kept, newest first. What comes meanwhile may take the place of the oldest.</summary>
    public IEnumerable<PastRequest> NewestFirst()
    {
        var copy = new PastRequest[Piece];
        var next = Count;
        var oldest = Math.Max(0, next - Kept);
        while (next > oldest)
        {
            // 1. Copied under the lock, up to the begin of the piece.
            var last = (int)((next - 1) % Kept);
            var length = (int)Math.Min((last % Piece) + 1, next - oldest);
            lock (_gate)
            {
                if (_pieces[last / Piece] is not { } piece)
                    yield break;
                Array.Copy(piece, (last % Piece) + 1 - length, copy, 0, length);
            }

            // 2. Shown without it.
            for (var at = length - 1; at >= 0; at--)
            {
                if (copy[at].Number > oldest && copy[at].Number <= next)
                    yield return copy[at];
            }

            next -= length;
        }
    }

    /// <summary>A request is over.</summary>
    internal void Add(RequestFacts facts, AnswerFacts answer, KeptHeaders? kept)
    {
        var request = Of(facts, answer);
        NoteNames(ref request, facts.Headers, answer.SentHeaders);
        request.Kept = kept;
        Add(request);
    }

    /// <summary>Notes the names of the headers of a request and its answer.</summary>
    internal void NoteNames(ref PastRequest request, IHeaderDictionary sent, IHeaderDictionary? answered)
    {
        var bytes = 0;
        request.RequestHeaders = Named(sent, ref bytes);
        if (answered is not null)
            request.AnswerHeaders = Named(answered, ref bytes);
        request.NameBytes = bytes;
    }

    private HeaderNames? Named(IHeaderDictionary headers, ref int bytes)
    {
        var (names, more) = _names.Of(headers);
        if (more > 0 && Volatile.Read(ref _nameBytes) + more > MostNameBytes)
            return null;
        bytes += more;
        return names;
    }

    /// <summary>What is kept of a request, as far as it is known.</summary>
    private static PastRequest Of(RequestFacts facts, AnswerFacts answer)
    {
        return new()
        {
            Ended = answer.Now.UtcDateTime,
            Duration = answer.Duration,
            RequestId = facts.RequestId,
            RouteId = answer.RouteId,
            RouteName = answer.RouteName,
            PoolName = facts.PoolName ?? "",
            Client = facts.ClientAddress,
            Method = Cut(facts.Method),
            Scheme = facts.Scheme,
            Host = Cut(facts.Host),
            Path = Cut(RequestPath.WithoutSecrets(facts.RawTarget)),
            Protocol = Cut(facts.Protocol),
            UserAgent = facts.Headers.UserAgent is [{ } agent, ..] ? Cut(agent) : null,
            Status = answer.Status,
            BytesIn = answer.RequestBodyBytes,
            BytesOut = answer.BodyBytes,
            Failure = (answer.Failure ?? answer.LastTry?.Failure) is { } why ? Cut(why) : null,
            HasLeft = answer.HasLeft,
            IsSpoilt = answer.IsSpoilt,
            Last = answer.LastTry is { } last ? Of(last) : default,
            Before = Before(answer),
        };
    }

    /// <summary>A request is over; it gets its number here.</summary>
    internal void Add(in PastRequest request)
    {
        lock (_gate)
        {
            var at = (int)(_count % Kept);
            var piece = _pieces[at / Piece] ??= new PastRequest[Piece];
            _nameBytes += request.NameBytes - piece[at % Piece].NameBytes;
            piece[at % Piece] = request;
            piece[at % Piece].Number = _count + 1;
            Interlocked.Increment(ref _count);
        }
    }

    /// <summary>The servers that were asked before the last one; null: none.</summary>
    internal static PastTry[]? Before(AnswerFacts answer) =>
        answer.TriesCount > 1 ? [.. answer.Tries.SkipLast(1).TakeLast(MostBefore).Select(Of)] : null;

    /// <summary>What is kept of one server that was asked.</summary>
    internal static PastTry Of(UpstreamTry one) =>
        new(
            one.Address,
            one.Status,
            one.ConnectTime,
            one.HeaderTime,
            one.ResponseTime ?? TimeSpan.Zero,
            one.Failure is { } why ? Cut(why) : null
        );

    private static string Cut(string text) => text.Length > PastRequest.LongestText ? text[..PastRequest.LongestText] : text;
}
